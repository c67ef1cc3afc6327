/**
 * Channels by id, from `engine::channels::create` until they are forgotten. Pure: the ends are plain objects that
 * `channel-runtime.ts` fills. The real engine forgets none; here the oldest that has ended makes room for a new one,
 * then the oldest that a peer never joined.
 */
import { randomBytes, randomUUID, timingSafeEqual } from 'node:crypto';

export interface ChannelMessage {
  readonly bytes: Buffer;
  readonly isBinary: boolean;
}

export type ChannelPhase = 'open' | 'writer-ended' | 'reader-gone' | 'over';

export interface Channel {
  readonly id: string;
  readonly accessKey: string;
  readonly messagesMax: number;
  readonly createdAtMs: number;
  readonly buffer: ChannelMessage[];
  bufferedBytes: number;
  phase: ChannelPhase;
  hasReader: boolean;
  hasWriter: boolean;
}

const defaultMessages = 64;
const messagesMax = 1024;
const unjoinedMsMax = 300_000;

export class ChannelTable {
  readonly #channels = new Map<string, Channel>();
  readonly #now: () => number;
  readonly #channelsMax: number;
  #bufferedBytes = 0;

  constructor(options: { readonly now: () => number; readonly channelsMax: number }) {
    this.#now = options.now;
    this.#channelsMax = options.channelsMax;
  }

  /** Of all channels together. */
  get bufferedBytes(): number {
    return this.#bufferedBytes;
  }

  /** @returns undefined when every channel in the table is in use. */
  create(bufferMessages: number | undefined): Channel | undefined {
    if (this.#channels.size >= this.#channelsMax && !this.#forgetOne()) return undefined;
    const channel: Channel = {
      id: randomUUID(),
      accessKey: randomBytes(32).toString('hex'),
      messagesMax: Math.min(Math.max(bufferMessages ?? defaultMessages, 1), messagesMax),
      createdAtMs: this.#now(),
      buffer: [],
      bufferedBytes: 0,
      phase: 'open',
      hasReader: false,
      hasWriter: false,
    };
    this.#channels.set(channel.id, channel);
    return channel;
  }

  find(id: string, accessKey: string): Channel | undefined {
    const channel = this.#channels.get(id);
    return channel !== undefined && isSameText(channel.accessKey, accessKey) ? channel : undefined;
  }

  push(channel: Channel, message: ChannelMessage): void {
    channel.buffer.push(message);
    channel.bufferedBytes += message.bytes.length;
    this.#bufferedBytes += message.bytes.length;
  }

  shift(channel: Channel): ChannelMessage | undefined {
    const message = channel.buffer.shift();
    channel.bufferedBytes -= message?.bytes.length ?? 0;
    this.#bufferedBytes -= message?.bytes.length ?? 0;
    return message;
  }

  discard(channel: Channel): void {
    this.#bufferedBytes -= channel.bufferedBytes;
    channel.bufferedBytes = 0;
    channel.buffer.length = 0;
  }

  #forgetOne(): boolean {
    const staleBefore = this.#now() - unjoinedMsMax;
    const isStale = (channel: Channel) =>
      channel.createdAtMs < staleBefore && !(channel.hasReader && channel.hasWriter);
    const channels = [...this.#channels.values()];
    const forgotten = channels.find(({ phase }) => phase === 'over') ?? channels.find(isStale);
    if (forgotten === undefined) return false;
    this.discard(forgotten);
    forgotten.phase = 'over';
    return this.#channels.delete(forgotten.id);
  }
}

function isSameText(left: string, right: string): boolean {
  const [a, b] = [Buffer.from(left), Buffer.from(right)];
  return a.length === b.length && timingSafeEqual(a, b);
}
