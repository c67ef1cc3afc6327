/**
 * The embedded iii engine: the wire behaviour of iii 0.22.1 on sockets of its own, so that tests and the simulated
 * deployment need no other program. What it leaves out is in the table of tests/unit/rpc/engine-conformance.test.ts.
 */
import { ChannelEnds } from './channel-runtime.ts';
import { ChannelTable } from './channel-table.ts';
import { discoveryFunctions } from './discovery.ts';
import { EngineCore } from './engine-core.ts';
import type { DuplicateIds } from './function-table.ts';
import { type EngineListener, type RunningListener, startListener } from './listener-runtime.ts';
import { operationFunctions } from './operations.ts';

export interface EngineOptions {
  readonly listeners: readonly EngineListener[];
  /** Default `last-wins`, as iii 0.22; `first-wins` is iii 0.23. */
  readonly duplicateIds?: DuplicateIds;
  /** Default 10 000: a connection that has not finished its upgrade by then is dropped without a byte. */
  readonly handshakeTimeoutMs?: number;
  /** Default 10 000. */
  readonly channelsMax?: number;
}

export interface RunningEngine extends AsyncDisposable {
  /** In the order of `listeners`. */
  readonly ports: readonly number[];
}

const functionChangesEveryMs = 5000;

/** @throws DrydockError RPC_ENGINE_LISTEN_FAILED; what was already listening is closed again. */
export async function startEngine(options: EngineOptions): Promise<RunningEngine> {
  const now = () => Date.now();
  const core = new EngineCore({ duplicateIds: options.duplicateIds ?? 'last-wins' });
  const channels = new ChannelTable({ now, channelsMax: options.channelsMax ?? 10_000 });
  core.addBuiltins([...discoveryFunctions(core), ...operationFunctions({ channels, now })]);
  core.announceFunctionChanges();
  const ends = new ChannelEnds(channels);

  await using stack = new AsyncDisposableStack();
  const listeners: RunningListener[] = [];
  for (const listener of options.listeners) {
    const running = await startListener(listener, {
      core,
      channels,
      ends,
      now,
      handshakeTimeoutMs: options.handshakeTimeoutMs ?? 10_000,
    });
    listeners.push(stack.use(running));
  }
  const timer = setInterval(() => core.announceFunctionChanges(), functionChangesEveryMs);
  stack.defer(() => clearInterval(timer));
  const owned = stack.move();
  return {
    ports: listeners.map(({ port }) => port),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
