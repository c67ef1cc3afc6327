/** Opens a channel at an engine. The engine may lose the answer, so one that does not come is asked for once more. */
import type { IIIClient } from 'iii-sdk';
import { createChannel } from 'iii-sdk/helpers';
import { unreachable } from './attempt-failure.ts';
import { inTime } from './in-time.ts';

export type Channel = Awaited<ReturnType<typeof createChannel>>;

export interface OpenChannelOptions {
  /** Zone of the engine. */
  readonly engine: string;
  readonly signal: AbortSignal;
  /** What ends the wait with `unreachable`. */
  readonly onDown: (listener: () => void) => Disposable;
}

/** Together below what an attempt may lose when an engine says nothing. */
const triesMs = [400, 600];

/** @throws AttemptFailure, or the signal's reason */
export async function openChannel(client: IIIClient, options: OpenChannelOptions): Promise<Channel> {
  const { engine, signal, onDown } = options;
  signal.throwIfAborted();
  const given = Promise.withResolvers<never>();
  given.promise.catch(() => {});
  using scope = new DisposableStack();
  const onAbort = () => given.reject(signal.reason);
  signal.addEventListener('abort', onAbort);
  scope.defer(() => signal.removeEventListener('abort', onAbort));
  scope.use(onDown(() => given.reject(unreachable({ engine }, undefined))));
  for (const tryMs of triesMs) {
    const created = await Promise.race([inTime(createChannel(client), tryMs), given.promise]);
    if (created === 'late') continue;
    if ('error' in created) throw unreachable({ engine }, created.error);
    return created.value;
  }
  throw unreachable({ engine }, undefined);
}
