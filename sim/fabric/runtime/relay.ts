/** Joins a socket that was accepted outside to a new connection from inside a namespace. */
import { connect, type Socket } from 'node:net';
import type { RelayMessage } from '../protocol.ts';
import type { NamespaceSwitch } from './namespace-switch.ts';

export async function relay(
  { namespace, address: host, port }: RelayMessage,
  outside: Socket,
  namespaces: NamespaceSwitch,
): Promise<void> {
  const { inside } = await namespaces.connect(namespace, () => ({ inside: connect({ host, port }) }));
  // It may have left while the other side was being made.
  if (outside.destroyed) {
    inside.destroy();
    return;
  }
  // Whichever side ends or breaks, the other learns it: a client that leaves must be seen to leave.
  outside.once('error', () => inside.destroy()).once('close', () => inside.destroy());
  inside.once('error', () => outside.destroy()).once('close', () => outside.destroySoon());
  outside.setNoDelay(true);
  inside.setNoDelay(true);
  outside.pipe(inside).pipe(outside);
  outside.resume();
}
