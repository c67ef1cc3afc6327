/** What peers can learn of each other: the engine's discovery functions, in the shapes of iii 0.22.1. */
import { z } from 'zod';
import { BuiltinError, parseInput } from './builtin-error.ts';
import type { EngineCore } from './engine-core.ts';
import type { BuiltinFunction, EngineFunction, WorkerFunction } from './function-table.ts';
import type { Peer, WorkerIdentity } from './peer.ts';
import { judgeCall } from './rbac.ts';

export function discoveryFunctions(core: EngineCore): readonly BuiltinFunction[] {
  return [
    {
      kind: 'builtin',
      id: 'engine::functions::list',
      description: 'List the registered functions',
      run: (data, { caller }) => listFunctions(core, data, caller),
    },
    {
      kind: 'builtin',
      id: 'engine::functions::info',
      description: 'Describe one function or several',
      run: (data) => describeFunctions(core, data),
    },
    {
      kind: 'builtin',
      id: 'engine::workers::list',
      description: 'List the connected workers',
      run: (data, { caller }) => listWorkers(core, data, caller),
    },
    {
      kind: 'builtin',
      id: 'engine::workers::info',
      description: 'Describe one worker',
      run: (data) => describeWorker(core, data),
    },
    {
      kind: 'builtin',
      id: 'engine::workers::register',
      description: 'Say who the calling connection is',
      run: (data, { caller }) => registerWorker(core, data, caller),
    },
  ];
}

const text = z.string().nullish();
const functionsListInput = z.object({
  prefix: text,
  search: text,
  worker: text,
  workers: z.array(z.string()).nullish(),
  include_internal: z.boolean().nullish(),
});
const functionsInfoInput = z.object({ function_id: text, function_ids: z.array(z.string()).nullish() });
const workersListInput = z.object({ search: text, runtime: text, status: text });
const workersInfoInput = z.object({ name: z.string() });
const identityInput = z.object({
  name: text,
  description: text,
  version: text,
  runtime: text,
  os: text,
  pid: z.int().nullish(),
  isolation: text,
});

function listFunctions(core: EngineCore, data: unknown, caller: Peer | undefined): unknown {
  const input = parseInput('engine::functions::list', functionsListInput, data);
  const workers = [...(input.worker == null ? [] : [input.worker]), ...(input.workers ?? [])];
  const rows = core.functions
    .list()
    .filter(({ id }) => input.include_internal === true || !id.startsWith('engine::'))
    .filter(({ id }) => id.startsWith(input.prefix ?? ''))
    .filter(({ id, description }) => `${id} ${description ?? ''}`.includes(input.search ?? ''))
    .filter(({ id }) => judgeCall(caller?.session, id) === 'allowed')
    .map(functionRow)
    .filter(({ worker_name }) => workers.length === 0 || workers.includes(worker_name));
  return { functions: rows };
}

function functionRow(listed: EngineFunction) {
  return {
    function_id: listed.id,
    worker_name: workerNameOf(listed),
    description: listed.description,
    metadata: listed.kind === 'worker' ? listed.metadata : undefined,
  };
}

/** Until its owner has called `engine::workers::register`, the first segment of the id stands for the worker's name. */
function workerNameOf(listed: EngineFunction): string {
  const name = listed.kind === 'worker' ? listed.owner.identity?.name : undefined;
  return name ?? listed.id.split('::')[0] ?? listed.id;
}

function describeFunctions(core: EngineCore, data: unknown): unknown {
  const input = parseInput('engine::functions::info', functionsInfoInput, data);
  if (input.function_ids != null) {
    return {
      functions: input.function_ids.map((id) => {
        const found = core.functions.get(id);
        return found === undefined ? { function_id: id, error: 'not_found' } : functionInfo(found);
      }),
    };
  }
  const found = core.functions.get(input.function_id ?? '');
  if (found === undefined) {
    throw new BuiltinError('NOT_FOUND', `Function '${input.function_id ?? ''}' is not registered.`);
  }
  return functionInfo(found);
}

function functionInfo(found: EngineFunction) {
  return {
    ...functionRow(found),
    request_schema: found.kind === 'worker' ? found.requestFormat : undefined,
    registered_triggers: [],
  };
}

/** The parts of the real engine stand in its list too, so a peer must tell them from workers by `runtime`. */
const engineRows = [
  'configuration',
  'iii-engine-functions',
  'iii-observability',
  'iii-worker-manager',
  'telemetry',
] as const;

function listWorkers(core: EngineCore, data: unknown, caller: Peer | undefined): unknown {
  const input = parseInput('engine::workers::list', workersListInput, data);
  const own = engineRows.map((name) => ({
    id: name,
    name,
    description: null,
    version: engineVersion,
    runtime: 'engine',
    os: null,
    status: 'available',
    function_count: 0,
    connected_at_ms: 0,
    active_invocations: 0,
    isolation: 'in-process',
    ip_address: null,
  }));
  const connected = core
    .peers()
    .flatMap((peer) => (peer.identity?.pid == null ? [] : [workerRow(core, peer, peer.identity, caller)]));
  const rows = [...connected, ...own]
    .filter((row) => `${row.name ?? ''}`.includes(input.search ?? ''))
    .filter((row) => input.runtime == null || row.runtime === input.runtime)
    .filter((row) => input.status == null || row.status === input.status);
  return { workers: rows };
}

function workerRow(core: EngineCore, peer: Peer, identity: WorkerIdentity, caller: Peer | undefined) {
  const { pid: _pid, ...shown } = identity;
  return {
    id: peer.id,
    ...shown,
    // iii never changes it: a frozen worker is `connected` too.
    status: 'connected',
    function_count: core.functions.countOf(peer),
    connected_at_ms: peer.connectedAtMs,
    // The call that asks is in flight, and the engine's own functions are not in the table of calls.
    active_invocations: core.calls.countOf(peer) + (peer === caller ? 1 : 0),
    ip_address: peer.ipAddress,
  };
}

function describeWorker(core: EngineCore, data: unknown): unknown {
  const { name } = parseInput('engine::workers::info', workersInfoInput, data);
  const peer = core.peers().find(({ identity }) => identity?.name === name);
  if (peer?.identity === undefined) {
    throw new BuiltinError('NOT_FOUND', `Worker '${name}' is not connected.`);
  }
  const isOwned = (listed: EngineFunction): listed is WorkerFunction =>
    listed.kind === 'worker' && listed.owner === peer;
  return {
    worker: {
      ...workerRow(core, peer, peer.identity, undefined),
      pid: peer.identity.pid,
      internal: false,
    },
    functions: core.functions.list().filter(isOwned).map(functionRow),
    trigger_types: core.triggers.typesOf(peer).map((id) => ({ id })),
    registered_triggers: core.triggers.ofOwner(peer).map((trigger) => ({
      id: trigger.id,
      trigger_type: trigger.triggerType,
      function_id: trigger.functionId,
    })),
  };
}

function registerWorker(core: EngineCore, data: unknown, caller: Peer | undefined): unknown {
  const input = parseInput('engine::workers::register', identityInput, data);
  if (caller === undefined) throw new BuiltinError('NOT_FOUND', 'No worker connection.');
  caller.identity = {
    name: input.name ?? null,
    description: input.description ?? null,
    version: input.version ?? null,
    runtime: input.runtime ?? null,
    os: input.os ?? null,
    pid: input.pid ?? null,
    isolation: input.isolation ?? null,
  };
  core.announce('worker_metadata_updated', caller);
  return { success: true };
}

/** The release whose wire behaviour this engine has. */
export const engineVersion = '0.22.1';
