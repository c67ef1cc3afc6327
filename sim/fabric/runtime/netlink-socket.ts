/** Speaks netlink in the namespace in which it was opened, without starting a process. */
import {
  doneType,
  errorType,
  type NetlinkMessage,
  type NetlinkReply,
  netlinkBatch,
  netlinkMessages,
  netlinkReplies,
  type ReceivedMessage,
} from '../netlink.ts';
import { lastError, libc, sockets } from './libc.ts';

export const netlinkFamilies = { route: 0, netfilter: 12 } as const;

export interface NetlinkSocket extends Disposable {
  readonly descriptor: number;
  /** Asks for a listing and reads it to its end. */
  dump(message: NetlinkMessage): readonly ReceivedMessage[];
  /** Asks several things and gives what is answered; what is refused is left out. */
  query(messages: readonly NetlinkMessage[]): readonly ReceivedMessage[];
  /** Is told from now on of what a multicast group tells. */
  join(group: number): void;
  /** The kernel's buffer for what was not read yet; as far as it allows. */
  enlarge(bytes: number): void;
  /** Sends all at once and waits for the acknowledgement of each; in their order. */
  ask(messages: readonly NetlinkMessage[]): readonly NetlinkReply[];
}

const replyBytes = 64 * 1024;
/** The kernel answers within the call that asks. */
const atOnceMax = 64;
const [socketLevel, receiveBuffer, receiveBufferForce] = [1, 8, 33];
const [netlinkLevel, addMembership] = [270, 1];

export function openNetlinkSocket(family: number): NetlinkSocket {
  const { socket, sendto, recv, close, setsockopt } = libc();
  const descriptor = socket(sockets.netlink, sockets.raw | sockets.closeOnExec, family);
  if (descriptor < 0) throw new Error(`no netlink socket (errno ${lastError()})`);
  const buffer = Buffer.alloc(replyBytes);
  const askSome = (messages: readonly NetlinkMessage[]) => {
    const bytes = netlinkBatch(messages);
    if (sendto(descriptor, bytes, bytes.length, 0, null, 0) !== bytes.length) {
      throw new Error(`netlink refused a request (errno ${lastError()})`);
    }
    const replies: NetlinkReply[] = [];
    while (replies.length < messages.length) {
      const length = recv(descriptor, buffer, buffer.length, sockets.doNotWait);
      if (length <= 0) throw new Error(`netlink gave no answer (errno ${lastError()})`);
      replies.push(...netlinkReplies(buffer.subarray(0, length)));
    }
    return replies;
  };
  return {
    ask(messages) {
      const replies: NetlinkReply[] = [];
      for (let start = 0; start < messages.length; start += atOnceMax) {
        replies.push(...askSome(messages.slice(start, start + atOnceMax)));
      }
      return replies;
    },
    descriptor,
    dump(message) {
      const bytes = netlinkBatch([message]);
      if (sendto(descriptor, bytes, bytes.length, 0, null, 0) !== bytes.length)
        throw new Error(`netlink refused a request (errno ${lastError()})`);
      const found: ReceivedMessage[] = [];
      for (;;) {
        const length = recv(descriptor, buffer, buffer.length, sockets.doNotWait);
        if (length <= 0) throw new Error(`netlink broke off a listing (errno ${lastError()})`);
        for (const { type, body } of netlinkMessages(Buffer.from(buffer.subarray(0, length)))) {
          if (type === doneType) return found;
          found.push({ type, body });
        }
      }
    },
    query(messages) {
      const found: ReceivedMessage[] = [];
      for (let start = 0; start < messages.length; start += atOnceMax) {
        const some = messages.slice(start, start + atOnceMax);
        const bytes = netlinkBatch(some);
        if (sendto(descriptor, bytes, bytes.length, 0, null, 0) !== bytes.length)
          throw new Error(`netlink refused a request (errno ${lastError()})`);
        for (let answers = 0; answers < some.length; ) {
          const length = recv(descriptor, buffer, buffer.length, sockets.doNotWait);
          if (length <= 0) throw new Error(`netlink gave no answer (errno ${lastError()})`);
          for (const message of netlinkMessages(Buffer.from(buffer.subarray(0, length)))) {
            answers += 1;
            if (message.type !== errorType) found.push(message);
          }
        }
      }
      return found;
    },
    join(group) {
      const value = new Uint8Array(Int32Array.of(group).buffer);
      if (setsockopt(descriptor, netlinkLevel, addMembership, value, value.length) !== 0)
        throw new Error(`netlink refused a group (errno ${lastError()})`);
    },
    enlarge(bytes) {
      const value = new Uint8Array(Int32Array.of(bytes).buffer);
      // An ordinary user's namespace may not go beyond the machine's limit.
      if (setsockopt(descriptor, socketLevel, receiveBufferForce, value, value.length) !== 0)
        setsockopt(descriptor, socketLevel, receiveBuffer, value, value.length);
    },
    [Symbol.dispose]: () => void close(descriptor),
  };
}
