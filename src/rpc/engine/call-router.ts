/**
 * Brings calls to their functions and results back: rbac, middleware, queues, and the ways in which the engine itself
 * answers. It opens no socket.
 */
import { randomUUID } from 'node:crypto';
import { BuiltinError } from './builtin-error.ts';
import type { CallOutcome, CallTable } from './call-table.ts';
import type { BuiltinFunction, FunctionTable, WorkerFunction } from './function-table.ts';
import type { LostReplies } from './lost-replies.ts';
import { type EngineMode, namespace } from './mode.ts';
import type { Peer } from './peer.ts';
import type { InvokeFrame, ResultFrame } from './protocol.ts';
import { judgeCall } from './rbac.ts';

export interface CallRouterParts {
  readonly functions: FunctionTable;
  readonly calls: CallTable;
  readonly mode: EngineMode;
  readonly lostReplies: LostReplies | undefined;
  readonly onLost: (functionId: string) => void;
}

interface Dispatch {
  readonly invocationId: string;
  readonly functionId: string;
  readonly data: unknown;
  readonly metadata?: unknown;
  readonly traceparent?: string | undefined;
  readonly baggage?: string | undefined;
  readonly caller: Peer | undefined;
  readonly settle: (outcome: CallOutcome) => void;
}

const enqueueProvider = 'engine::queue::enqueue';

export class CallRouter {
  readonly #parts: CallRouterParts;

  constructor(parts: CallRouterParts) {
    this.#parts = parts;
  }

  /** A call of the engine itself: rbac is not asked, and the executor sees no caller. */
  callFunction(functionId: string, data: unknown, metadata?: unknown): Promise<CallOutcome> {
    return new Promise((settle) => {
      this.#dispatch({ invocationId: randomUUID(), functionId, data, metadata, caller: undefined, settle });
    });
  }

  /** As `callFunction`, when nobody wants the result. */
  fire(functionId: string, data: unknown, metadata: unknown): void {
    const settle = () => {};
    this.#dispatch({ invocationId: randomUUID(), functionId, data, metadata, caller: undefined, settle });
  }

  settle(frame: ResultFrame): void {
    const { calls, lostReplies, onLost } = this.#parts;
    const call = calls.get(frame.invocation_id);
    if (call === undefined) return;
    if (lostReplies?.isNextLost()) {
      calls.lose(call);
      onLost(call.functionId);
      return;
    }
    calls.settle(call.id, frame.error == null ? { result: frame.result } : { error: frame.error });
  }

  invoke(caller: Peer, frame: InvokeFrame): void {
    const { function_id: functionId, action } = frame;
    const givenId = frame.invocation_id ?? undefined;
    const answer = (id: string, outcome: CallOutcome) => caller.send(resultFrame(id, frame, outcome));
    const verdict = judgeCall(caller.session, functionId);
    if (verdict !== 'allowed') {
      answer(givenId ?? randomUUID(), { error: forbidden(functionId, verdict) });
      return;
    }
    const middlewareId = caller.session?.middlewareFunctionId;
    if (middlewareId !== undefined && !functionId.startsWith('engine::')) {
      this.#askMiddleware(middlewareId, {
        caller,
        frame,
        settle: (outcome) => answer(givenId ?? randomUUID(), outcome),
      });
      return;
    }
    if (action?.type === 'enqueue') {
      this.#enqueue(frame, action.queue, (outcome) => {
        if (givenId !== undefined) answer(givenId, outcome);
      });
      return;
    }
    const isAwaited = givenId !== undefined && action?.type !== 'void';
    this.#dispatch({
      invocationId: isAwaited ? givenId : randomUUID(),
      functionId,
      data: withCaller(frame.data, caller),
      metadata: frame.metadata,
      traceparent: frame.traceparent,
      baggage: frame.baggage,
      caller,
      settle: isAwaited ? (outcome) => answer(givenId, outcome) : () => {},
    });
  }

  /** Its result is the call's: the function itself is not looked up. */
  #askMiddleware(
    functionId: string,
    call: {
      readonly caller: Peer;
      readonly frame: InvokeFrame;
      readonly settle: (outcome: CallOutcome) => void;
    },
  ): void {
    const { caller, frame, settle } = call;
    this.#dispatch({
      invocationId: randomUUID(),
      functionId,
      data: {
        function_id: frame.function_id,
        payload: frame.data,
        action: frame.action ?? null,
        context: caller.session?.rights.context,
      },
      metadata: frame.metadata,
      caller: undefined,
      settle,
    });
  }

  #enqueue(frame: InvokeFrame, queue: string, settle: (outcome: CallOutcome) => void): void {
    const functionId = frame.function_id;
    if (this.#parts.functions.get(enqueueProvider) === undefined) {
      const message = `No queue provider is installed. Register ${enqueueProvider} first (underlying: ${this.#notFound(enqueueProvider)})`;
      settle({ error: { code: 'enqueue_error', message } });
      return;
    }
    const messageReceiptId = randomUUID();
    this.#dispatch({
      invocationId: randomUUID(),
      functionId: enqueueProvider,
      data: {
        baggage: functionBaggage(functionId, frame.baggage),
        data: frame.data,
        function_id: functionId,
        messageReceiptId,
        queue,
        traceparent: frame.traceparent ?? null,
      },
      caller: undefined,
      settle: ({ error }) => settle(error === undefined ? { result: { messageReceiptId } } : { error }),
    });
  }

  #dispatch(call: Dispatch): void {
    const { functions, calls } = this.#parts;
    const target = functions.get(call.functionId);
    if (target === undefined) {
      const message = this.#notFound(call.functionId, call.caller === undefined ? '' : '.');
      call.settle({ error: { code: 'function_not_found', message } });
    } else if (target.kind === 'builtin') {
      runBuiltin(target, call);
    } else if (calls.isFull) {
      call.settle({ error: { code: 'invocation_error', message: 'too many calls in flight' } });
    } else {
      this.#sendToWorker(target, call);
    }
  }

  #sendToWorker(target: WorkerFunction, call: Dispatch): void {
    const { invocationId: id, functionId, caller, settle, traceparent, baggage } = call;
    this.#parts.calls.start({ id, functionId, target: target.owner, caller, settle });
    const isTraced = traceparent !== undefined || baggage !== undefined;
    target.owner.send(
      {
        type: 'invokefunction',
        invocation_id: id,
        function_id: target.localId,
        data: call.data,
        traceparent,
        baggage: isTraced ? functionBaggage(functionId, baggage) : undefined,
        metadata: call.metadata,
      },
      id,
    );
  }

  /** @param stop 0.23 ends the text with a full stop, but not that of its own calls. */
  #notFound(functionId: string, stop = ''): string {
    const where = this.#parts.mode === '0.23' ? ` in namespace ${namespace}${stop}` : '';
    return `Function ${functionId} not found${where}`;
  }
}

function resultFrame(id: string, call: InvokeFrame, { result, error }: CallOutcome) {
  return {
    type: 'invocationresult',
    invocation_id: id,
    function_id: call.function_id,
    // A result of null is absent from the wire, so a handler cannot return null.
    ...(error === undefined ? { result: result ?? undefined } : { error }),
    traceparent: call.traceparent,
    baggage: call.baggage,
  };
}

function runBuiltin(builtin: BuiltinFunction, { data, caller, settle }: Dispatch): void {
  const fail = (error: unknown) => {
    if (!(error instanceof BuiltinError)) throw error;
    settle({ error: { code: error.code, message: error.message } });
  };
  try {
    const result = builtin.run(data, { caller });
    if (result instanceof Promise) result.then((value) => settle({ result: value }), fail);
    else settle({ result });
  } catch (error) {
    fail(error);
  }
}

function withCaller(data: unknown, caller: Peer): unknown {
  if (typeof data !== 'object' || data === null || Array.isArray(data)) return data;
  // It stands first, where it is sorted as a rule, and counts whatever the caller has put there.
  const named: Record<string, unknown> = { _caller_worker_id: caller.id, ...data };
  named._caller_worker_id = caller.id;
  return named;
}

function functionBaggage(functionId: string, baggage: string | undefined): string {
  const entry = `iii.function.id=${functionId}`;
  return baggage === undefined ? entry : `${baggage},${entry}`;
}

function forbidden(functionId: string, verdict: 'forbidden' | 'not-exposed') {
  const remedy =
    verdict === 'forbidden' ? 'remove from rbac.forbidden_functions' : 'add to rbac.expose_functions';
  return { code: 'FORBIDDEN', message: `function '${functionId}' not allowed (${remedy})` };
}
