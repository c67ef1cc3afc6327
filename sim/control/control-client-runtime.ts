/** Calls one method of a running simulation. What it throws reads as if it had been thrown here. */
import { connect } from 'node:net';
import { DrydockError, type SimErrorCode } from '../errors.ts';
import { readJsonLines } from './json-lines.ts';
import { controlVersion, lineBytesMax, replySchema } from './protocol.ts';
import type { Run } from './runs-runtime.ts';
import { openSocketPath } from './socket-path.ts';

export interface ControlCall {
  readonly method: string;
  readonly params: unknown;
  /** Absent: as long as it takes. */
  readonly budgetMs?: number;
  /** Hangs up; the simulation learns that the caller is gone. */
  readonly signal?: AbortSignal;
  readonly onEvent?: (event: unknown) => void;
}

/** @throws DrydockError as the method does, or SIM_CONTROL_FAILED. */
export async function callControl(
  run: Run,
  { method, params, budgetMs, onEvent, signal }: ControlCall,
): Promise<unknown> {
  using place = openSocketPath(run.folder);
  const result = Promise.withResolvers<unknown>();
  const socket = connect(place.path);
  const broken = (reason: string) => result.reject(failed(run, reason));
  const timer =
    budgetMs === undefined
      ? undefined
      : setTimeout(() => broken(`no answer to ${method} within ${budgetMs} ms`), budgetMs);
  const hangUp = () => result.reject(signal?.reason);
  signal?.addEventListener('abort', hangUp, { once: true });
  if (signal?.aborted) hangUp();
  socket.once('error', (error) => broken(error.message)).once('close', () => broken('it ended'));
  readJsonLines(socket, lineBytesMax, {
    onBroken: broken,
    onLine(value) {
      const reply = replySchema.safeParse(value);
      if (!reply.success) broken('it answers in another version');
      else if ('event' in reply.data) onEvent?.(reply.data.event);
      else if ('failure' in reply.data) {
        const { code, message, problems } = reply.data.failure;
        // Codes come from the same program at the other end.
        result.reject(
          new DrydockError(code as SimErrorCode, message, { details: { ...(problems && { problems }) } }),
        );
      } else result.resolve(reply.data.result);
    },
  });
  socket.write(`${JSON.stringify({ version: controlVersion, id: 1, method, params })}\n`);
  try {
    return await result.promise;
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', hangUp);
    socket.destroy();
  }
}

function failed({ name }: Run, reason: string): DrydockError {
  return new DrydockError(
    'SIM_CONTROL_FAILED',
    `could not talk to the simulation ${name}: ${reason}; see whether its drydock up still runs`,
  );
}
