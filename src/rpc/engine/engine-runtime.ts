/**
 * The embedded iii engine: the wire behaviour of iii 0.22.1, or of 0.23.0-rc.4, on sockets of its own, so that tests and
 * the simulated deployment need no other program. `tests/unit/rpc/conformance` holds it against what was seen on the real one.
 */
import { ChannelEnds } from './channel-runtime.ts';
import { ChannelTable } from './channel-table.ts';
import { EngineCore } from './engine-core.ts';
import { functionDiscovery } from './function-discovery.ts';
import type { Incident } from './incident.ts';
import { type EngineListener, startListener } from './listener-runtime.ts';
import type { LostRepliesOptions } from './lost-replies.ts';
import type { EngineMode } from './mode.ts';
import { operationFunctions } from './operations.ts';
import { triggerDiscovery } from './trigger-discovery.ts';
import { workerDiscovery } from './worker-discovery.ts';

export interface EngineLogger {
  debug(fields: Readonly<Record<string, unknown>>, message: string): void;
}

export interface EngineOptions {
  readonly listeners: readonly EngineListener[];
  /** The release to behave like. Default `0.22`. */
  readonly mode?: EngineMode;
  /** Default 10 000: a connection that has not finished its upgrade by then is dropped without a byte. */
  readonly handshakeTimeoutMs?: number;
  /** In 0.23, how long registrations wait for `engine::workers::register`. Default 5000; 0: they do not. */
  readonly registrationGraceMs?: number;
  /** Default 10 000. */
  readonly channelsMax?: number;
  /** Default: no reply is lost. */
  readonly lostReplies?: LostRepliesOptions;
  /**
   * Default false. Leaves TCP_NODELAY off, as the real engine does: the second of two small frames to an idle peer waits
   * for that one's delayed acknowledgement, some 41 ms, unless its route has `quickack`.
   */
  readonly burstDelay?: boolean;
  readonly logger?: EngineLogger;
  /** Told of what a peer does wrong. Default: nobody is. */
  readonly onIncident?: (incident: Incident) => void;
}

/** What the engine holds at the moment. */
export interface EngineCounts {
  readonly connections: number;
  /** Of workers. */
  readonly functions: number;
  readonly triggers: number;
  readonly pendingCalls: number;
  /** Those that an end may still join or use. */
  readonly openChannels: number;
  /** Channel messages that no reader has taken. */
  readonly bufferedBytes: number;
}

export interface RunningEngine extends AsyncDisposable {
  /** In the order of `listeners`, then of `open`. */
  readonly ports: readonly number[];
  /**
   * Opens one more, and resolves to its port.
   * @throws DrydockError RPC_ENGINE_LISTEN_FAILED
   */
  open(listener: EngineListener): Promise<number>;
  counts(): EngineCounts;
}

const functionChangesEveryMs = 5000;
const sweepEveryMs = 60_000;
const registrationGraceMs = 5000;

/** @throws DrydockError RPC_ENGINE_LISTEN_FAILED; what was already listening is closed again. */
export async function startEngine(options: EngineOptions): Promise<RunningEngine> {
  const now = () => Date.now();
  const mode = options.mode ?? '0.22';
  const core = new EngineCore({
    mode,
    after,
    registrationGraceMs: options.registrationGraceMs ?? registrationGraceMs,
    lostReplies: options.lostReplies,
    onLost: (functionId) => options.logger?.debug({ event: 'reply-lost', functionId }, 'lost a reply'),
  });
  const channels = new ChannelTable({ now, channelsMax: options.channelsMax ?? 10_000 });
  core.addBuiltins([
    ...functionDiscovery(core),
    ...triggerDiscovery(core),
    ...workerDiscovery(core, now()),
    ...operationFunctions({ channels, mode, now }),
  ]);
  core.announceFunctionChanges();
  const ends = new ChannelEnds(channels);

  await using stack = new AsyncDisposableStack();
  const ports: number[] = [];
  const open = async (listener: EngineListener, into: AsyncDisposableStack) => {
    const running = await startListener(listener, {
      core,
      channels,
      ends,
      now,
      handshakeTimeoutMs: options.handshakeTimeoutMs ?? 10_000,
      burstDelay: options.burstDelay ?? false,
      onIncident: options.onIncident ?? (() => {}),
    });
    ports.push(into.use(running).port);
    return running.port;
  };
  for (const listener of options.listeners) await open(listener, stack);
  const changes = setInterval(() => core.announceFunctionChanges(), functionChangesEveryMs);
  stack.defer(() => clearInterval(changes));
  const sweeps = setInterval(() => channels.sweep(), sweepEveryMs);
  stack.defer(() => clearInterval(sweeps));
  const owned = stack.move();
  return {
    ports,
    open: (listener) => open(listener, owned),
    counts: () => ({
      connections: core.peers().length,
      functions: core.functions.size,
      triggers: core.triggers.size,
      pendingCalls: core.calls.size,
      openChannels: channels.openCount,
      bufferedBytes: channels.bufferedBytes,
    }),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

function after(delayMs: number, callback: () => void): () => void {
  const timer = setTimeout(callback, delayMs);
  return () => clearTimeout(timer);
}
