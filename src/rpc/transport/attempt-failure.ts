/** Why one try of a generation failed in a way that another may not. Pure. */
import { DrydockError, type RpcErrorCode } from '../errors.ts';
import { fromWireError, type WireError } from './wire-error.ts';

export type Blame =
  /** No channel could be opened, or the link was given up. */
  | 'engine'
  /** The route went down while it ran. */
  | 'route'
  /** The worker's connection was lost, or it gave up what it ran. */
  | 'worker'
  /** It takes nothing more, for now. */
  | 'worker-busy'
  /** The engine does not have it any more: the call reached nobody. */
  | 'worker-gone'
  /** It takes nothing more, and leaves when it has ended what it runs. */
  | 'worker-draining'
  /** Frames were lost, or were none. */
  | 'frames'
  /** It lives, and brought nothing. */
  | 'silence'
  /** It could not do what was asked; another may. */
  | 'generation';

export class AttemptFailure extends DrydockError<RpcErrorCode> {
  readonly blame: Blame;

  constructor(blame: Blame, error: DrydockError<RpcErrorCode>) {
    super(error.code, error.message, { cause: error.cause, details: error.details });
    this.blame = blame;
  }
}

export interface Place {
  readonly workerId: string;
  /** Zone of the engine. */
  readonly engine: string;
}

export function lost(blame: Blame, { workerId, engine }: Place): AttemptFailure {
  return new AttemptFailure(
    blame,
    new DrydockError(
      'RPC_WORKER_LOST',
      `could not finish the generation: the connection to worker ${workerId} was lost; send the request again`,
      { details: { workerId, engine } },
    ),
  );
}

export function draining({ workerId, engine }: Place): AttemptFailure {
  return new AttemptFailure(
    'worker-draining',
    new DrydockError(
      'RPC_WORKER_BUSY',
      `could not start the generation: worker ${workerId} is draining; send it elsewhere`,
      { details: { workerId, engine } },
    ),
  );
}

export function unreachable({ engine }: Pick<Place, 'engine'>, cause: unknown): AttemptFailure {
  return new AttemptFailure(
    'engine',
    new DrydockError(
      'RPC_ENGINE_UNREACHABLE',
      `could not open a channel: the engine of ${engine} ${cause === undefined ? 'does not answer' : 'refuses it'}; check that it runs`,
      { cause },
    ),
  );
}

/** A deadline that the worker sees so much earlier than we do is its clock's fault. */
const clockMsMax = 1000;

/**
 * What a worker says, as a refusal or in the middle of a stream.
 * @param leftMs until the deadline, by our own clock.
 * @returns an AttemptFailure where another worker may do better.
 */
export function failureOf(
  error: WireError,
  { place, leftMs }: { readonly place: Place; readonly leftMs: number },
): DrydockError<RpcErrorCode> {
  const failure = fromWireError(error);
  switch (failure.code) {
    case 'RPC_WORKER_BUSY':
      return new AttemptFailure('worker-busy', failure);
    // Nobody but us cancels, and we do not wait for the worker's word of it.
    case 'RPC_CANCELLED':
    case 'RPC_WORKER_LOST':
      return lost('worker', place);
    case 'RPC_DEADLINE_EXCEEDED':
      return leftMs > clockMsMax ? lost('worker', place) : failure;
    case 'RPC_GENERATION_FAILED':
      return new AttemptFailure('generation', failure);
    default:
      return failure;
  }
}
