/** `engine::triggers::*`, `engine::registered-triggers::*`, and triggers that come and go by call. */
import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { BuiltinError, parseInput } from './builtin-error.ts';
import type { EngineCore } from './engine-core.ts';
import { firstSegment, functionDetail, isMatch, workerNameOf } from './function-rows.ts';
import type { BuiltinFunction } from './function-table.ts';
import { namespaceOf } from './mode.ts';
import type { Peer } from './peer.ts';
import { mayBindTrigger, storedFunctionId } from './rbac.ts';
import type { Trigger, TriggerType } from './trigger-table.ts';

const part = 'iii-engine-functions';

export function triggerDiscovery(core: EngineCore): readonly BuiltinFunction[] {
  return [
    {
      kind: 'builtin',
      id: 'engine::triggers::list',
      description: 'List the trigger types',
      part,
      run: (data) => listTypes(core, data),
    },
    {
      kind: 'builtin',
      id: 'engine::triggers::info',
      description: 'Describe one trigger type',
      part,
      run: (data) => describeType(core, data),
    },
    {
      kind: 'builtin',
      id: 'engine::registered-triggers::list',
      description: 'List the registered triggers',
      part,
      run: (data) => listTriggers(core, data),
    },
    {
      kind: 'builtin',
      id: 'engine::registered-triggers::info',
      description: 'Describe one registered trigger',
      part,
      run: (data) => describeTrigger(core, data),
    },
    {
      kind: 'builtin',
      id: 'engine::register_trigger',
      description: 'Register a trigger that outlives the caller',
      part,
      run: (data, { caller }) => registerTrigger(core, data, caller),
    },
    {
      kind: 'builtin',
      id: 'engine::unregister_trigger',
      description: 'Remove a trigger, whoever registered it',
      part,
      run: (data) => ({ removed: core.triggers.unregister(parseInput(unregisterInput, data).id) }),
    },
  ];
}

const text = z.string().nullish();
const isInternalShown = z.boolean().nullish();
const typesInput = {
  functionId: 'engine::triggers::list',
  struct: 'TriggersListInput',
  schema: z.object({ search: text, prefix: text, worker: text, include_internal: isInternalShown }),
};
const typeInput = {
  functionId: 'engine::triggers::info',
  struct: 'TriggerInfoInput',
  schema: z.object({ id: z.string() }),
};
const triggersInput = {
  functionId: 'engine::registered-triggers::list',
  struct: 'RegisteredTriggersListInput',
  schema: z.object({
    search: text,
    trigger_type: text,
    function_id: text,
    worker: text,
    include_internal: isInternalShown,
  }),
};
const triggerInput = {
  functionId: 'engine::registered-triggers::info',
  struct: 'RegisteredTriggerInfoInput',
  schema: z.object({ id: z.string() }),
};
const registerInput = {
  functionId: 'engine::register_trigger',
  struct: 'RegisterTriggerInput',
  schema: z.object({
    trigger_type: z.string(),
    function_id: z.string(),
    config: z.unknown().optional(),
    metadata: z.unknown().optional(),
  }),
};
const unregisterInput = {
  functionId: 'engine::unregister_trigger',
  struct: 'UnregisterTriggerInput',
  schema: z.object({ id: z.string(), trigger_type: text }),
};

const configSummaryCharactersMax = 80;

export function typeRow({ id, description, provider }: TriggerType, core: EngineCore) {
  const worker_name = provider?.identity?.name ?? firstSegment(id);
  return { id, ...namespaceOf(core.mode), worker_name, description };
}

export function triggerRow({ id, triggerType, functionId, config }: Trigger, core: EngineCore) {
  const target = core.functions.get(functionId);
  const summary = JSON.stringify(config ?? null);
  const isCut = summary.length > configSummaryCharactersMax;
  return {
    id,
    ...namespaceOf(core.mode),
    trigger_type: triggerType,
    function_id: functionId,
    worker_name: target === undefined ? firstSegment(functionId) : workerNameOf(target),
    config,
    config_summary: isCut ? `${summary.slice(0, configSummaryCharactersMax)}…` : summary,
  };
}

function listTypes(core: EngineCore, data: unknown): unknown {
  const input = parseInput(typesInput, data);
  const triggers = core.triggers
    .types()
    .map((type) => typeRow(type, core))
    .filter(({ id }) => input.include_internal === true || !id.startsWith('engine::'))
    .filter(({ id }) => id.startsWith(input.prefix ?? ''))
    .filter(({ worker_name }) => input.worker == null || worker_name === input.worker)
    .filter(({ id, description }) => isMatch(input.search, [id, description]))
    .sort(byId);
  return { triggers };
}

function describeType(core: EngineCore, data: unknown): unknown {
  const { id } = parseInput(typeInput, data);
  const type = core.triggers.type(id);
  if (type === undefined) throw new BuiltinError('NOT_FOUND', `Trigger type '${id}' is not registered.`);
  return typeDetail(type, core);
}

function typeDetail(type: TriggerType, core: EngineCore) {
  return {
    ...typeRow(type, core),
    configuration_schema: type.configurationSchema,
    request_schema: type.requestSchema,
    instance_count: core.triggers.ofType(type.id).length,
  };
}

function listTriggers(core: EngineCore, data: unknown): unknown {
  const input = parseInput(triggersInput, data);
  const rows = core.triggers
    .list()
    .map((trigger) => triggerRow(trigger, core))
    .filter((row) => input.include_internal === true || !row.function_id.startsWith('engine::'))
    .filter((row) => input.trigger_type == null || row.trigger_type === input.trigger_type)
    .filter((row) => input.function_id == null || row.function_id === input.function_id)
    .filter((row) => input.worker == null || row.worker_name === input.worker)
    .filter((row) => isMatch(input.search, [row.id, row.trigger_type, row.function_id]))
    .sort(byId);
  return { registered_triggers: rows };
}

function describeTrigger(core: EngineCore, data: unknown): unknown {
  const { id } = parseInput(triggerInput, data);
  const trigger = core.triggers.get(id);
  if (trigger === undefined) throw new BuiltinError('NOT_FOUND', `Registered trigger '${id}' was not found.`);
  const { config_summary: _, ...row } = triggerRow(trigger, core);
  const [type, target] = [core.triggers.type(trigger.triggerType), core.functions.get(trigger.functionId)];
  return {
    ...row,
    metadata: trigger.metadata,
    trigger: type === undefined ? null : typeDetail(type, core),
    function:
      target === undefined
        ? null
        : functionDetail(target, { mode: core.mode, triggers: core.triggers.list() }),
  };
}

async function registerTrigger(core: EngineCore, data: unknown, caller: Peer | undefined): Promise<unknown> {
  const input = parseInput(registerInput, data);
  const { trigger_type: triggerType } = input;
  if (!mayBindTrigger(caller?.session, triggerType)) {
    throw new BuiltinError('FORBIDDEN', `Trigger type '${triggerType}' is not allowed for this session.`);
  }
  const trigger: Trigger = {
    id: randomUUID(),
    triggerType,
    functionId: storedFunctionId(caller?.session, input.function_id),
    config: input.config ?? null,
    metadata: input.metadata ?? undefined,
    owner: undefined,
  };
  const provider = core.triggers.offer(trigger);
  const refusal = provider && (await core.triggerAcks.ask(provider, trigger.id));
  if (refusal !== undefined) {
    throw new BuiltinError('trigger_registration_failed', `${refusal.code}: ${refusal.message}`);
  }
  core.triggers.add(trigger);
  return { id: trigger.id };
}

function byId(left: { readonly id: string }, right: { readonly id: string }): number {
  return left.id < right.id ? -1 : 1;
}
