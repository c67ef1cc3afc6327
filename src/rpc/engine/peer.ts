/** One worker connection as the engine's core sees it. The socket behind it is `peer-runtime.ts`. */
import type { EngineFrame } from './protocol.ts';
import type { Session } from './rbac.ts';

export interface WorkerIdentity {
  readonly name: string | null;
  readonly description: string | null;
  readonly version: string | null;
  readonly runtime: string | null;
  readonly os: string | null;
  readonly pid: number | null;
  readonly isolation: string | null;
}

export interface Peer {
  readonly id: string;
  readonly reattachToken: string;
  readonly ipAddress: string;
  readonly connectedAtMs: number;
  /** undefined: the listener restricts nothing. */
  readonly session: Session | undefined;
  /** What `engine::workers::register` said; undefined until then. */
  identity: WorkerIdentity | undefined;
  /** @param callId names the call that the frame carries, so that the core can learn whether it ever left. */
  send(frame: EngineFrame, callId?: string): void;
  /** Calls that still wait for room in the connection's queue. */
  unsentCalls(): ReadonlySet<string>;
  /** Ends the connection with a Close frame behind what was sent. */
  close(): void;
  /** Cuts the connection without a Close frame. */
  terminate(): void;
}
