/**
 * The life of one completion: its signal aborts when the client leaves, when its time is over or when the program
 * stops, whichever comes first, and the reason is the error to report. Disposing ends the timer and the listeners.
 */

import { DrydockError, type RpcErrorCode } from '../../rpc/errors.ts';
import type { Clock } from '../clock.ts';
import type { GatewayErrorCode } from '../errors.ts';

export interface RequestScope extends Disposable {
  readonly signal: AbortSignal;
  readonly deadlineUnixMs: number;
  /** The client no longer reads the answer. */
  clientLeft(): void;
}

export interface RequestScopeOptions {
  /** Must be given before the first byte of the answer: only then does it see a client that leaves before that. */
  readonly clientSignal: AbortSignal;
  readonly stopping: AbortSignal;
  readonly clock: Clock;
  readonly requestMs: number;
}

export function openRequestScope(options: RequestScopeOptions): RequestScope {
  const { clientSignal, stopping, clock, requestMs } = options;
  const controller = new AbortController();
  // The first reason stays: aborting twice changes nothing.
  const clientLeft = () => controller.abort(leftError());
  const stop = () => controller.abort(stoppingError());
  const timer = setTimeout(() => controller.abort(deadlineError(requestMs)), requestMs);
  // Not AbortSignal.any: `stopping` lives as long as the program and would keep every signal derived from it.
  clientSignal.addEventListener('abort', clientLeft);
  stopping.addEventListener('abort', stop);
  if (clientSignal.aborted) clientLeft();
  if (stopping.aborted) stop();
  return {
    signal: controller.signal,
    deadlineUnixMs: clock.nowUnixMs() + requestMs,
    clientLeft,
    [Symbol.dispose]() {
      clearTimeout(timer);
      clientSignal.removeEventListener('abort', clientLeft);
      stopping.removeEventListener('abort', stop);
    },
  };
}

function leftError() {
  return new DrydockError<GatewayErrorCode>(
    'GATEWAY_CLIENT_LEFT',
    'could not finish the answer: the client closed the connection; keep it open until the answer ends',
  );
}

function stoppingError() {
  return new DrydockError<GatewayErrorCode>(
    'GATEWAY_SHUTTING_DOWN',
    'could not finish the answer: this gateway is being stopped; send the request again',
  );
}

function deadlineError(requestMs: number) {
  return new DrydockError<RpcErrorCode>(
    'RPC_DEADLINE_EXCEEDED',
    `could not finish the answer: the budget of ${requestMs} ms is over; ask for fewer tokens`,
  );
}
