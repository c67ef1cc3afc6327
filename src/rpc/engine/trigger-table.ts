/**
 * Triggers: live ones, bound to a type that the engine or a worker provides, and parked ones that wait for a provider.
 * As in iii, any connection may remove any trigger by its id, and one that was registered by a call has no owner and
 * stays until then.
 */
import type { Peer } from './peer.ts';
import type { EngineFrame, TriggerResultFrame, TriggerTypeFrame } from './protocol.ts';

export interface Trigger {
  readonly id: string;
  readonly triggerType: string;
  readonly functionId: string;
  readonly config: unknown;
  readonly metadata: unknown;
  /** undefined: it was registered by a call. */
  readonly owner: Peer | undefined;
}

export interface TriggerType {
  readonly id: string;
  readonly description: string;
  /** undefined: the engine. */
  readonly provider: Peer | undefined;
  readonly configurationSchema?: unknown;
  readonly requestSchema?: unknown;
}

export const workersAvailable = 'engine::workers-available';
export const functionsAvailable = 'engine::functions-available';

/** Live and parked together. The real engine has no bound. */
const triggersMax = 16_384;
const typesMax = 4096;

export class TriggerTable {
  readonly #live = new Map<string, Trigger>();
  readonly #parked = new Map<string, Trigger>();
  readonly #types = new Map<string, TriggerType>();

  constructor() {
    this.#addOwn(functionsAvailable, 'Triggered when functions are registered/unregistered');
    this.#addOwn(workersAvailable, 'Triggered when workers connect/disconnect');
  }

  /** Without the parked ones. */
  list(): readonly Trigger[] {
    return [...this.#live.values()];
  }

  get(id: string): Trigger | undefined {
    return this.#live.get(id);
  }

  types(): readonly TriggerType[] {
    return [...this.#types.values()];
  }

  type(id: string): TriggerType | undefined {
    return this.#types.get(id);
  }

  /** Live and parked. */
  get size(): number {
    return this.#live.size + this.#parked.size;
  }

  ofType(triggerType: string): readonly Trigger[] {
    return this.list().filter((trigger) => trigger.triggerType === triggerType);
  }

  /** Live where its type is provided, parked else. The provider hears of it. */
  register(trigger: Trigger): void {
    this.offer(trigger);
    this.add(trigger);
  }

  /** Shows the trigger to its provider without adding it. @returns the provider, where that is a worker. */
  offer(trigger: Trigger): Peer | undefined {
    const provider = this.#types.get(trigger.triggerType)?.provider;
    provider?.send(registerFrame(trigger));
    return provider;
  }

  /** As `register`, for one that the provider has seen. */
  add(trigger: Trigger): void {
    const { id } = trigger;
    const isNew = !this.#live.has(id) && !this.#parked.has(id);
    if (isNew && this.size >= triggersMax) return;
    if (this.#types.has(trigger.triggerType)) {
      this.#parked.delete(id);
      this.#live.set(id, trigger);
    } else {
      // One that lives under the same id stays alive, as in iii.
      this.#parked.set(id, trigger);
    }
  }

  /** @returns whether there was one. */
  unregister(id: string): boolean {
    const trigger = this.#live.get(id);
    if (trigger === undefined) return this.#parked.delete(id);
    this.#live.delete(id);
    this.#parked.delete(id);
    this.#types.get(trigger.triggerType)?.provider?.send({
      type: 'unregistertrigger',
      id,
      trigger_type: trigger.triggerType,
    });
    return true;
  }

  provide(provider: Peer, frame: TriggerTypeFrame): void {
    const { id } = frame;
    if (this.#types.size >= typesMax && !this.#types.has(id)) return;
    this.#types.set(id, {
      id,
      description: frame.description,
      provider,
      configurationSchema: frame.trigger_request_format,
      requestSchema: frame.call_request_format,
    });
    for (const trigger of this.ofType(id)) provider.send(registerFrame(trigger));
    for (const trigger of this.#parked.values()) {
      if (trigger.triggerType !== id) continue;
      this.#parked.delete(trigger.id);
      this.#live.set(trigger.id, trigger);
      provider.send(registerFrame(trigger));
    }
  }

  /** A provider's refusal parks the trigger and goes to the registrant; its consent goes to nobody. */
  forwardResult(sender: Peer, { id, error }: TriggerResultFrame): void {
    const trigger = this.#live.get(id);
    if (error == null || trigger === undefined) return;
    if (this.#types.get(trigger.triggerType)?.provider !== sender) return;
    this.#park(trigger);
    trigger.owner?.send({
      type: 'triggerregistrationresult',
      id,
      trigger_type: trigger.triggerType,
      function_id: trigger.functionId,
      error,
    });
  }

  endPeer(peer: Peer): void {
    for (const trigger of this.list()) {
      if (trigger.owner === peer) this.unregister(trigger.id);
    }
    for (const trigger of this.#parked.values()) {
      if (trigger.owner === peer) this.#parked.delete(trigger.id);
    }
    for (const type of this.#types.values()) {
      if (type.provider !== peer) continue;
      this.#types.delete(type.id);
      for (const orphan of this.ofType(type.id)) this.#park(orphan);
    }
  }

  #park(trigger: Trigger): void {
    this.#live.delete(trigger.id);
    this.#parked.set(trigger.id, trigger);
  }

  #addOwn(id: string, description: string): void {
    this.#types.set(id, { id, description, provider: undefined });
  }
}

function registerFrame(trigger: Trigger): EngineFrame {
  return {
    type: 'registertrigger',
    id: trigger.id,
    trigger_type: trigger.triggerType,
    function_id: trigger.functionId,
    config: trigger.config,
    metadata: trigger.metadata,
  };
}
