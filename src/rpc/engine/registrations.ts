/**
 * What peers register: functions, triggers, trigger types, within the rights of their sessions. A listener's hooks are
 * asked first; while one thinks, the connection waits.
 */
import type { CallRouter } from './call-router.ts';
import type { FunctionTable } from './function-table.ts';
import { namespace } from './mode.ts';
import type { Peer } from './peer.ts';
import type { RegisterFunctionFrame, RegisterTriggerFrame, TriggerTypeFrame } from './protocol.ts';
import { mayBindTrigger, type RegistrationHooks, storedFunctionId } from './rbac.ts';
import type { TriggerTable } from './trigger-table.ts';

export interface RegistrationParts {
  readonly functions: FunctionTable;
  readonly triggers: TriggerTable;
  readonly router: CallRouter;
  readonly isConnected: (peer: Peer) => boolean;
}

type Answer = Readonly<Record<string, unknown>>;

export class Registrations {
  readonly #parts: RegistrationParts;

  constructor(parts: RegistrationParts) {
    this.#parts = parts;
  }

  /** @returns a promise where a hook is asked: the connection's next frames have to wait for it. */
  registerFunction(peer: Peer, frame: RegisterFunctionFrame): Promise<void> | undefined {
    // An HTTP function needs the http-functions worker, which this engine does not have.
    if (frame.invocation !== undefined) return;
    if (peer.session?.rights.allowFunctionRegistration === false) return;
    const question = {
      function_id: frame.id,
      description: frame.description ?? null,
      metadata: frame.metadata ?? null,
    };
    return this.#ask(peer, { hook: 'onFunctionRegistrationFunctionId', question }, (answer) =>
      this.#claim(peer, {
        ...frame,
        id: textOf(answer, 'function_id', frame.id),
        description: textOf(answer, 'description', frame.description),
        metadata: answer.metadata ?? frame.metadata,
      }),
    );
  }

  registerTrigger(peer: Peer, frame: RegisterTriggerFrame): Promise<void> | undefined {
    if (!mayBindTrigger(peer.session, frame.trigger_type)) return;
    const question = {
      trigger_id: frame.id,
      trigger_type: frame.trigger_type,
      function_id: frame.function_id,
      config: frame.config,
      metadata: frame.metadata ?? null,
    };
    return this.#ask(peer, { hook: 'onTriggerRegistrationFunctionId', question }, (answer) =>
      this.#parts.triggers.register({
        id: textOf(answer, 'trigger_id', frame.id),
        triggerType: textOf(answer, 'trigger_type', frame.trigger_type),
        functionId: storedFunctionId(peer.session, textOf(answer, 'function_id', frame.function_id)),
        config: answer.config ?? frame.config,
        metadata: frame.metadata,
        owner: peer,
      }),
    );
  }

  provideTriggerType(peer: Peer, frame: TriggerTypeFrame): Promise<void> | undefined {
    if (peer.session?.rights.allowTriggerTypeRegistration === false) return;
    const question = { trigger_type_id: frame.id, description: frame.description };
    return this.#ask(peer, { hook: 'onTriggerTypeRegistrationFunctionId', question }, (answer) =>
      this.#parts.triggers.provide(peer, {
        ...frame,
        id: textOf(answer, 'trigger_type_id', frame.id),
        description: textOf(answer, 'description', frame.description),
      }),
    );
  }

  #ask(
    peer: Peer,
    asked: { readonly hook: keyof RegistrationHooks; readonly question: Answer },
    apply: (answer: Answer) => void,
  ): Promise<void> | undefined {
    const hookId = peer.session?.hooks[asked.hook];
    if (hookId === undefined) {
      apply({});
      return;
    }
    const question = { ...asked.question, context: peer.session?.rights.context };
    const { router, isConnected } = this.#parts;
    return router.callFunction(hookId, question).then(({ result }) => {
      // Anything but an object is a refusal, of which the peer hears nothing.
      if (isAnswer(result) && isConnected(peer)) apply(result);
    });
  }

  #claim(peer: Peer, frame: RegisterFunctionFrame): void {
    const id = storedFunctionId(peer.session, frame.id);
    const keeper = this.#parts.functions.claim({
      kind: 'worker',
      id,
      localId: frame.id,
      owner: peer,
      description: frame.description,
      metadata: frame.metadata,
      requestFormat: frame.request_format,
      responseFormat: frame.response_format,
    });
    if (keeper === undefined) return;
    peer.send({
      type: 'registrationrejected',
      code: 'FUNCTION_NAMESPACE_CONFLICT',
      namespace,
      function_id: id,
      owner_worker_id: keeper.id,
    });
  }
}

function isAnswer(value: unknown): value is Answer {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function textOf<Fallback extends string | undefined>(
  answer: Answer,
  key: string,
  fallback: Fallback,
): string | Fallback {
  const value = answer[key];
  return typeof value === 'string' ? value : fallback;
}
