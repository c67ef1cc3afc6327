/** `engine::workers::*`: which connections there are, and what they say of themselves. */
import { z } from 'zod';
import { BuiltinError, parseInput } from './builtin-error.ts';
import type { EngineCore } from './engine-core.ts';
import { functionRow, isMatch } from './function-rows.ts';
import type { BuiltinFunction, EngineFunction, WorkerFunction } from './function-table.ts';
import { engineVersions, namespaceOf } from './mode.ts';
import type { Peer, WorkerIdentity } from './peer.ts';
import { triggerRow, typeRow } from './trigger-discovery.ts';

const part = 'iii-engine-functions';

export function workerDiscovery(core: EngineCore, startedAtMs: number): readonly BuiltinFunction[] {
  return [
    {
      kind: 'builtin',
      id: 'engine::workers::list',
      description: 'List the connected workers',
      part,
      run: (data, { caller }) => listWorkers(core, data, { caller, startedAtMs }),
    },
    {
      kind: 'builtin',
      id: 'engine::workers::info',
      description: 'Describe one worker',
      part,
      run: (data, { caller }) => describeWorker(core, data, { caller, startedAtMs }),
    },
    {
      kind: 'builtin',
      id: 'engine::workers::register',
      description: 'Say who the calling connection is',
      part,
      run: (data, { caller }) => registerWorker(core, data, caller),
    },
  ];
}

const text = z.string().nullish();
const listInput = {
  functionId: 'engine::workers::list',
  struct: 'WorkersListInput',
  schema: z.object({ search: text, runtime: text, status: text }),
};
const infoInput = {
  functionId: 'engine::workers::info',
  struct: 'WorkerInfoInput',
  schema: z.object({ name: z.string() }),
};
const identityInput = {
  functionId: 'engine::workers::register',
  struct: 'RegisterWorkerInput',
  schema: z.object({
    name: text,
    description: text,
    version: text,
    runtime: text,
    os: text,
    pid: z.int().nullish(),
    isolation: text,
  }),
};

/** The parts of the real engine stand in its list too, so a peer must tell them from workers by `runtime`. */
const engineParts = [
  'configuration',
  'iii-engine-functions',
  'iii-observability',
  'iii-worker-manager',
  'telemetry',
] as const;

interface Asked {
  readonly caller: Peer | undefined;
  readonly startedAtMs: number;
}

function listWorkers(core: EngineCore, data: unknown, asked: Asked): unknown {
  const input = parseInput(listInput, data);
  const connected = core
    .peers()
    .flatMap((peer) => (peer.identity?.pid == null ? [] : [workerRow(core, peer, peer.identity, asked)]));
  const rows = [...connected, ...engineParts.map((name) => partRow(core, name, asked))]
    .filter((row) => isMatch(input.search, [row.name ?? '']))
    .filter((row) => input.runtime == null || row.runtime === input.runtime)
    .filter((row) => input.status == null || row.status === input.status)
    .sort((left, right) => (sortKey(left) < sortKey(right) ? -1 : 1));
  return { workers: rows };
}

function sortKey({ name, id }: { readonly name: string | null; readonly id: string }): string {
  return `${name ?? id}\0${id}`;
}

function partRow(core: EngineCore, name: string, { startedAtMs }: Asked) {
  return {
    id: name,
    name,
    ...namespaceOf(core.mode),
    description: null,
    version: engineVersions[core.mode],
    runtime: 'engine',
    os: null,
    status: 'available',
    function_count: core.functions
      .list()
      .filter((listed) => listed.kind === 'builtin' && listed.part === name).length,
    connected_at_ms: startedAtMs,
    active_invocations: 0,
    isolation: 'in-process',
    ip_address: null,
  };
}

function workerRow(core: EngineCore, peer: Peer, identity: WorkerIdentity, { caller }: Asked) {
  const { pid: _pid, ...shown } = identity;
  return {
    id: peer.id,
    ...shown,
    ...namespaceOf(core.mode),
    // iii never changes it: a frozen worker is `connected` too.
    status: 'connected',
    function_count: core.functions.countOf(peer),
    connected_at_ms: peer.connectedAtMs,
    // The call that asks is in flight, and the engine's own functions are not in the table of calls.
    active_invocations: core.calls.countOf(peer) + (peer === caller ? 1 : 0),
    ip_address: peer.ipAddress,
  };
}

function describeWorker(core: EngineCore, data: unknown, asked: Asked): unknown {
  const { name } = parseInput(infoInput, data);
  const isPart = engineParts.some((each) => each === name);
  const peer = core.peers().find(({ identity }) => identity?.name === name);
  if (!isPart && peer?.identity === undefined) {
    throw new BuiltinError('NOT_FOUND', `Worker '${name}' is not connected.`);
  }
  const isOwned = (listed: EngineFunction) =>
    isPart ? listed.kind === 'builtin' && listed.part === name : isOwnedBy(listed, peer);
  const functions = core.functions.list().filter(isOwned);
  const ids = new Set(functions.map(({ id }) => id));
  return {
    worker:
      isPart || peer?.identity === undefined
        ? { ...partRow(core, name, asked), internal: false }
        : {
            ...workerRow(core, peer, peer.identity, asked),
            pid: peer.identity.pid ?? undefined,
            internal: false,
          },
    functions: functions.map((listed) => functionRow(listed, core.mode)),
    trigger_types: core.triggers
      .types()
      .map((type) => typeRow(type, core))
      .filter(({ worker_name }) => worker_name === name),
    registered_triggers: core.triggers
      .list()
      .filter(({ functionId }) => ids.has(functionId))
      .map((trigger) => triggerRow(trigger, core)),
  };
}

function isOwnedBy(listed: EngineFunction, peer: Peer | undefined): listed is WorkerFunction {
  return listed.kind === 'worker' && listed.owner === peer;
}

function registerWorker(core: EngineCore, data: unknown, caller: Peer | undefined): unknown {
  const input = parseInput(identityInput, data);
  if (caller === undefined) throw new BuiltinError('NOT_FOUND', 'No worker connection.');
  const name = shownText(input.name);
  const holder = name === null ? undefined : core.holderOfName(name, caller);
  if (name !== null && holder !== undefined) {
    core.refuseName(caller, name, holder);
    return { success: false };
  }
  caller.identity = {
    name,
    description: shownText(input.description),
    version: input.version ?? null,
    runtime: input.runtime ?? 'unknown',
    os: input.os ?? null,
    pid: input.pid ?? null,
    isolation: input.isolation ?? null,
  };
  core.admitRegistrations(caller);
  core.announce('worker_metadata_updated', caller);
  return { success: true };
}

const textCharactersMax = 280;

/** Without what could steer a terminal, and null when nothing is left. */
function shownText(text: string | null | undefined): string | null {
  const shown = [...(text ?? '')]
    .filter((character) => !/[\p{Cc}\u202a-\u202e\u2066-\u2069\u2028\u2029]/u.test(character))
    .slice(0, textCharactersMax)
    .join('')
    .trim();
  return shown === '' ? null : shown;
}
