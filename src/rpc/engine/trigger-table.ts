/**
 * Triggers, bound to a trigger type of the engine or of a worker, or parked until somebody provides the type.
 * As in iii, any connection may remove any trigger by its id.
 */
import type { Peer } from './peer.ts';
import type { EngineFrame, RegisterTriggerFrame, TriggerResultFrame } from './protocol.ts';

export interface Trigger {
  readonly id: string;
  readonly triggerType: string;
  readonly functionId: string;
  readonly config: unknown;
  readonly metadata: unknown;
  readonly owner: Peer;
}

export const workersAvailable = 'engine::workers-available';
export const functionsAvailable = 'engine::functions-available';

const triggersMax = 16_384;

export class TriggerTable {
  readonly #triggers = new Map<string, Trigger>();
  readonly #providers = new Map<string, Peer>();

  ofType(triggerType: string): readonly Trigger[] {
    return [...this.#triggers.values()].filter((trigger) => trigger.triggerType === triggerType);
  }

  typesOf(provider: Peer): readonly string[] {
    return [...this.#providers].filter(([, peer]) => peer === provider).map(([type]) => type);
  }

  ofOwner(owner: Peer): readonly Trigger[] {
    return [...this.#triggers.values()].filter((trigger) => trigger.owner === owner);
  }

  register(owner: Peer, frame: RegisterTriggerFrame, functionId: string): void {
    if (this.#triggers.size >= triggersMax && !this.#triggers.has(frame.id)) return;
    const trigger: Trigger = {
      id: frame.id,
      triggerType: frame.trigger_type,
      functionId,
      config: frame.config,
      metadata: frame.metadata,
      owner,
    };
    this.#triggers.set(trigger.id, trigger);
    this.#providers.get(trigger.triggerType)?.send(registerFrame(trigger));
  }

  unregister(id: string): void {
    const trigger = this.#triggers.get(id);
    if (trigger === undefined) return;
    this.#triggers.delete(id);
    this.#providers.get(trigger.triggerType)?.send({
      type: 'unregistertrigger',
      id,
      trigger_type: trigger.triggerType,
    });
  }

  provide(triggerType: string, provider: Peer): void {
    this.#providers.set(triggerType, provider);
    for (const trigger of this.ofType(triggerType)) provider.send(registerFrame(trigger));
  }

  /** A provider's refusal goes to the registrant; its consent to nobody. */
  forwardResult(frame: TriggerResultFrame): void {
    if (frame.error == null) return;
    this.#triggers.get(frame.id)?.owner.send({ ...frame, error: frame.error });
  }

  endPeer(peer: Peer): void {
    for (const type of this.typesOf(peer)) this.#providers.delete(type);
    for (const trigger of this.ofOwner(peer)) this.unregister(trigger.id);
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
