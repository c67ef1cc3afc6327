/**
 * The state machine of the embedded engine: connections, functions, calls and triggers, with the semantics of iii 0.22,
 * the unpleasant ones included: no ping, no timeout, no cancel, no balancing, no failover.
 * It opens no socket and reads no clock. Frames of one connection must be handed over in their order.
 */
import { randomUUID } from 'node:crypto';
import { BuiltinError } from './builtin-error.ts';
import { type CallOutcome, CallTable } from './call-table.ts';
import {
  type BuiltinFunction,
  type DuplicateIds,
  type EngineFunction,
  FunctionTable,
  type WorkerFunction,
} from './function-table.ts';
import type { Peer } from './peer.ts';
import type { InvokeFrame, PeerFrame, RegisterFunctionFrame } from './protocol.ts';
import { judgeCall, mayBindTrigger, storedFunctionId } from './rbac.ts';
import { functionsAvailable, TriggerTable, workersAvailable } from './trigger-table.ts';

export type WorkerEvent = 'worker_connected' | 'worker_disconnected' | 'worker_metadata_updated';

const enqueueProvider = 'engine::queue::enqueue';

export class EngineCore {
  readonly functions: FunctionTable;
  readonly calls = new CallTable();
  readonly triggers = new TriggerTable();
  readonly #peers = new Map<string, Peer>();
  #knownIds = '';

  constructor(options: { readonly duplicateIds: DuplicateIds }) {
    this.functions = new FunctionTable(options.duplicateIds);
  }

  peers(): readonly Peer[] {
    return [...this.#peers.values()];
  }

  addBuiltins(builtins: readonly BuiltinFunction[]): void {
    for (const builtin of builtins) this.functions.addBuiltin(builtin);
  }

  connect(peer: Peer): void {
    this.#peers.set(peer.id, peer);
    peer.send({ type: 'workerregistered', worker_id: peer.id, reattach_token: peer.reattachToken });
    this.announce('worker_connected', peer);
  }

  disconnect(peer: Peer): void {
    if (!this.#peers.delete(peer.id)) return;
    this.functions.releaseAll(peer);
    this.triggers.endPeer(peer);
    this.calls.endPeer(peer);
    this.announce('worker_disconnected', peer);
  }

  receive(peer: Peer, frame: PeerFrame): void {
    switch (frame.type) {
      case 'ping':
        peer.send({ type: 'pong' });
        break;
      case 'registerfunction':
        this.#registerFunction(peer, frame);
        break;
      case 'unregisterfunction':
        this.functions.release(storedFunctionId(peer.session, frame.id), peer);
        break;
      case 'registertrigger':
        if (mayBindTrigger(peer.session, frame.trigger_type)) {
          this.triggers.register(peer, frame, storedFunctionId(peer.session, frame.function_id));
        }
        break;
      case 'unregistertrigger':
        this.triggers.unregister(frame.id);
        break;
      case 'triggerregistrationresult':
        this.triggers.forwardResult(frame);
        break;
      case 'registertriggertype':
        if (peer.session?.rights.allowTriggerTypeRegistration !== false)
          this.triggers.provide(frame.id, peer);
        break;
      case 'invokefunction':
        this.#invoke(peer, frame);
        break;
      case 'invocationresult':
        this.calls.settle(
          frame.invocation_id,
          frame.error == null ? { result: frame.result } : { error: frame.error },
        );
        break;
      case 'reattach':
        this.#reattach(peer, frame.previous_worker_id, frame.reattach_token ?? undefined);
        break;
    }
  }

  /** A call of the engine itself: rbac is not asked, and the executor sees no caller. */
  callFunction(functionId: string, data: unknown): Promise<CallOutcome> {
    return new Promise((resolve) => {
      const invocationId = randomUUID();
      this.#dispatch({ invocationId, functionId, data, caller: undefined, settle: resolve });
    });
  }

  announce(event: WorkerEvent, peer: Peer): void {
    this.#fire(workersAvailable, { event, worker_id: peer.id });
  }

  /** iii compares only the set of ids, every few seconds: a registration with other metadata is no change. */
  announceFunctionChanges(): void {
    const ids = this.functions.list().map(({ id }) => id);
    const known = ids.join('\n');
    if (known === this.#knownIds) return;
    this.#knownIds = known;
    this.#fire(functionsAvailable, {
      event: 'functions_changed',
      functions: ids.map((function_id) => ({ function_id })),
    });
  }

  #fire(triggerType: string, data: unknown): void {
    for (const { functionId, metadata } of this.triggers.ofType(triggerType)) {
      const invocationId = randomUUID();
      this.#dispatch({ invocationId, functionId, data, metadata, caller: undefined, settle: () => {} });
    }
  }

  #reattach(peer: Peer, previousId: string, token: string | undefined): void {
    const previous = this.#peers.get(previousId);
    if (previous === undefined || previous === peer || previous.reattachToken !== token) return;
    previous.terminate();
    this.disconnect(previous);
  }

  #registerFunction(peer: Peer, frame: RegisterFunctionFrame): void {
    // An HTTP function needs the http-functions worker, which this engine does not have.
    if (frame.invocation !== undefined) return;
    if (peer.session?.rights.allowFunctionRegistration === false) return;
    const id = storedFunctionId(peer.session, frame.id);
    const claimed: WorkerFunction = {
      kind: 'worker',
      id,
      localId: frame.id,
      owner: peer,
      description: frame.description,
      metadata: frame.metadata,
      requestFormat: frame.request_format,
    };
    const keeper = this.functions.claim(claimed);
    if (keeper === undefined) return;
    peer.send({
      type: 'registrationrejected',
      code: 'FUNCTION_NAMESPACE_CONFLICT',
      namespace: 'default',
      function_id: id,
      owner_worker_id: keeper.id,
    });
  }

  #invoke(caller: Peer, frame: InvokeFrame): void {
    const functionId = frame.function_id;
    const givenId = frame.invocation_id ?? undefined;
    const answer = (invocationId: string, outcome: CallOutcome) =>
      caller.send({
        type: 'invocationresult',
        invocation_id: invocationId,
        function_id: functionId,
        // A result of null is absent from the wire, so a handler cannot return null.
        ...(outcome.error === undefined ? { result: outcome.result ?? undefined } : { error: outcome.error }),
        traceparent: frame.traceparent,
        baggage: frame.baggage,
      });

    const verdict = judgeCall(caller.session, functionId);
    if (verdict !== 'allowed') {
      answer(givenId ?? randomUUID(), { error: forbidden(functionId, verdict) });
      return;
    }
    if (frame.action?.type === 'enqueue') {
      const settle = (outcome: CallOutcome) => {
        if (givenId !== undefined) answer(givenId, outcome);
      };
      this.#enqueue(frame, frame.action.queue, settle);
      return;
    }
    const isAwaited = givenId !== undefined && frame.action?.type !== 'void';
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

  #enqueue(frame: InvokeFrame, queue: string, settle: (outcome: CallOutcome) => void): void {
    const functionId = frame.function_id;
    if (this.functions.get(enqueueProvider) === undefined) {
      const message = `No queue provider is installed. Register ${enqueueProvider} first (underlying: Function ${enqueueProvider} not found)`;
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
    const target = this.functions.get(call.functionId);
    if (target === undefined) {
      const message = `Function ${call.functionId} not found`;
      call.settle({ error: { code: 'function_not_found', message } });
      return;
    }
    if (target.kind === 'builtin') {
      call.settle(runBuiltin(target, call));
      return;
    }
    if (this.calls.isFull) {
      call.settle({ error: { code: 'invocation_error', message: 'too many calls in flight' } });
      return;
    }
    const id = call.invocationId;
    this.calls.start({ id, target: target.owner, caller: call.caller, settle: call.settle });
    const { traceparent, baggage, metadata } = call;
    const isTraced = traceparent !== undefined || baggage !== undefined;
    target.owner.send(
      {
        type: 'invokefunction',
        invocation_id: id,
        function_id: target.localId,
        data: call.data,
        traceparent,
        baggage: isTraced ? functionBaggage(call.functionId, baggage) : undefined,
        metadata,
      },
      id,
    );
  }
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

function runBuiltin(builtin: EngineFunction & { kind: 'builtin' }, call: Dispatch): CallOutcome {
  try {
    return { result: builtin.run(call.data, { caller: call.caller }) };
  } catch (error) {
    if (error instanceof BuiltinError) return { error: { code: error.code, message: error.message } };
    throw error;
  }
}

function withCaller(data: unknown, caller: Peer): unknown {
  if (typeof data !== 'object' || data === null || Array.isArray(data)) return data;
  return { ...data, _caller_worker_id: caller.id };
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
