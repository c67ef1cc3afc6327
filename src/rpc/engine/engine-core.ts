/**
 * The state machine of the embedded engine: connections, functions, calls and triggers, with the semantics of iii 0.22
 * or 0.23, the unpleasant ones included: no ping, no timeout, no cancel, no balancing, no failover.
 * It opens no socket and reads no clock. Frames of one connection must be handed over in their order.
 */
import { CallRouter } from './call-router.ts';
import { CallTable } from './call-table.ts';
import { functionRow } from './function-rows.ts';
import { type BuiltinFunction, FunctionTable } from './function-table.ts';
import { LostReplies, type LostRepliesOptions } from './lost-replies.ts';
import { type EngineMode, namespace } from './mode.ts';
import type { Peer } from './peer.ts';
import type { PeerFrame } from './protocol.ts';
import { storedFunctionId } from './rbac.ts';
import { RegistrationGate } from './registration-gate.ts';
import { Registrations } from './registrations.ts';
import { type After, TriggerAcks } from './trigger-acks.ts';
import { functionsAvailable, TriggerTable, workersAvailable } from './trigger-table.ts';

export type WorkerEvent = 'worker_connected' | 'worker_disconnected' | 'worker_metadata_updated';

export interface EngineCoreOptions {
  readonly mode: EngineMode;
  readonly after: After;
  /** 0.23 alone has it. */
  readonly registrationGraceMs: number;
  readonly lostReplies?: LostRepliesOptions | undefined;
  /** A reply of this function was lost, as `lostReplies` wants it. */
  readonly onLost: (functionId: string) => void;
}

export class EngineCore {
  readonly mode: EngineMode;
  readonly functions: FunctionTable;
  readonly calls = new CallTable();
  readonly triggers = new TriggerTable();
  readonly triggerAcks: TriggerAcks;
  readonly router: CallRouter;
  readonly #registrations: Registrations;
  readonly #gate: RegistrationGate;
  readonly #peers = new Map<string, Peer>();
  #knownIds = '';

  constructor(options: EngineCoreOptions) {
    const { mode, after, lostReplies } = options;
    this.mode = mode;
    this.functions = new FunctionTable(mode);
    this.triggerAcks = new TriggerAcks(after);
    this.router = new CallRouter({
      functions: this.functions,
      calls: this.calls,
      mode,
      lostReplies: lostReplies === undefined ? undefined : new LostReplies(lostReplies),
      onLost: options.onLost,
    });
    this.#registrations = new Registrations({
      functions: this.functions,
      triggers: this.triggers,
      router: this.router,
      isConnected: (peer) => this.#peers.has(peer.id),
    });
    this.#gate = new RegistrationGate({ after, graceMs: mode === '0.23' ? options.registrationGraceMs : 0 });
  }

  peers(): readonly Peer[] {
    return [...this.#peers.values()];
  }

  addBuiltins(builtins: readonly BuiltinFunction[]): void {
    for (const builtin of builtins) this.functions.addBuiltin(builtin);
  }

  connect(peer: Peer): void {
    this.#peers.set(peer.id, peer);
    this.#gate.close(peer, () => this.admitRegistrations(peer));
    peer.send({ type: 'workerregistered', worker_id: peer.id, reattach_token: peer.reattachToken });
    this.announce('worker_connected', peer);
  }

  disconnect(peer: Peer): void {
    if (!this.#peers.delete(peer.id)) return;
    this.#gate.forget(peer);
    this.functions.releaseAll(peer);
    this.calls.endPeer(peer);
    this.triggers.endPeer(peer);
    this.triggerAcks.endPeer(peer);
    this.announce('worker_disconnected', peer);
  }

  /** @returns a promise where the connection's next frames have to wait for it. */
  receive(peer: Peer, frame: PeerFrame): Promise<void> | undefined {
    // An evicted connection may have frames left; they would make a ghost.
    if (!this.#peers.has(peer.id) || this.#gate.holds(peer, frame)) return undefined;
    return this.#apply(peer, frame);
  }

  /** What the connection has registered so far takes effect: 0.23 knows now who it is. */
  admitRegistrations(peer: Peer): void {
    this.#gate.open(peer, (frame) => this.#apply(peer, frame));
  }

  /** @returns the live worker that has the name in 0.23, where that is another. */
  holderOfName(name: string, peer: Peer): Peer | undefined {
    if (this.mode === '0.22') return undefined;
    return this.peers().find((other) => other !== peer && other.identity?.name === name);
  }

  /** 0.23 throws a second worker of a name out. */
  refuseName(peer: Peer, name: string, holder: Peer): void {
    this.#gate.forget(peer);
    peer.send({
      type: 'registrationrejected',
      code: 'WORKER_NAMESPACE_CONFLICT',
      namespace,
      worker_name: name,
      owner_worker_id: holder.id,
    });
    peer.close();
  }

  announce(event: WorkerEvent, peer: Peer): void {
    this.#fire(workersAvailable, { event, worker_id: peer.id });
  }

  /** iii compares only the set of ids, every few seconds: a registration with other metadata is no change. */
  announceFunctionChanges(): void {
    const functions = this.functions.list();
    const known = functions.map(({ id }) => id).join('\n');
    if (known === this.#knownIds) return;
    this.#knownIds = known;
    const rows = functions.map((listed) => functionRow(listed, this.mode));
    this.#fire(functionsAvailable, { event: 'functions_changed', functions: rows });
  }

  #fire(triggerType: string, data: unknown): void {
    for (const { functionId, metadata } of this.triggers.ofType(triggerType)) {
      this.router.fire(functionId, data, metadata);
    }
  }

  #apply(peer: Peer, frame: PeerFrame): Promise<void> | undefined {
    switch (frame.type) {
      case 'invokefunction':
        this.router.invoke(peer, frame);
        return;
      case 'invocationresult':
        this.router.settle(frame);
        return;
      case 'ping':
        peer.send({ type: 'pong' });
        return;
      case 'registerfunction':
        return this.#registrations.registerFunction(peer, frame);
      case 'unregisterfunction':
        this.functions.release(storedFunctionId(peer.session, frame.id), peer);
        return;
      case 'registertrigger':
        return this.#registrations.registerTrigger(peer, frame);
      case 'unregistertrigger':
        this.triggers.unregister(frame.id);
        return;
      case 'registertriggertype':
        return this.#registrations.provideTriggerType(peer, frame);
      case 'triggerregistrationresult':
        if (!this.triggerAcks.settle(peer, frame.id, frame.error ?? undefined)) {
          this.triggers.forwardResult(peer, frame);
        }
        return;
      case 'reattach':
        this.#reattach(peer, frame.previous_worker_id, frame.reattach_token ?? undefined);
        return;
    }
  }

  #reattach(peer: Peer, previousId: string, token: string | undefined): void {
    const previous = this.#peers.get(previousId);
    if (previous === undefined || previous === peer || previous.reattachToken !== token) return;
    previous.terminate();
    this.disconnect(previous);
  }
}
