/** `engine::functions::*`: which functions there are. Hidden functions and those that the session may not call are left out. */
import { z } from 'zod';
import { BuiltinError, parseInput } from './builtin-error.ts';
import type { EngineCore } from './engine-core.ts';
import { type FunctionRow, functionDetail, functionRow, isMatch } from './function-rows.ts';
import type { BuiltinFunction, EngineFunction } from './function-table.ts';
import type { Peer } from './peer.ts';
import { judgeCall } from './rbac.ts';

const part = 'iii-engine-functions';

export function functionDiscovery(core: EngineCore): readonly BuiltinFunction[] {
  return [
    {
      kind: 'builtin',
      id: 'engine::functions::list',
      description: 'List the registered functions',
      part,
      run: (data, { caller }) => listFunctions(core, data, caller),
    },
    {
      kind: 'builtin',
      id: 'engine::functions::info',
      description: 'Describe one function or several',
      part,
      run: (data, { caller }) => describeFunctions(core, data, caller),
    },
  ];
}

const text = z.string().nullish();
const listInput = {
  functionId: 'engine::functions::list',
  struct: 'FunctionsListInput',
  schema: z.object({
    prefix: text,
    search: text,
    worker: text,
    workers: z.array(z.string()).nullish(),
    include_internal: z.boolean().nullish(),
  }),
};
const infoInput = {
  functionId: 'engine::functions::info',
  struct: 'FunctionInfoInput',
  schema: z.object({ function_id: text, function_ids: z.array(z.string()).nullish() }),
};
const batchMax = 32;

function listFunctions(core: EngineCore, data: unknown, caller: Peer | undefined): unknown {
  const input = parseInput(listInput, data);
  const workers = [...(input.worker == null ? [] : [input.worker]), ...(input.workers ?? [])];
  const rows = core.functions
    .list()
    .filter((listed) => input.include_internal === true || !isInternal(listed))
    .filter(({ id }) => id.startsWith(input.prefix ?? ''))
    .filter(({ id, description }) => isMatch(input.search, [id, description ?? '']))
    .filter(({ id }) => judgeCall(caller?.session, id) === 'allowed')
    .map((listed) => functionRow(listed, core.mode))
    .filter(({ worker_name }) => workers.length === 0 || workers.includes(worker_name));
  return { functions: input.search ? byRank(rows, input.search) : rows };
}

function isInternal({ id, metadata }: EngineFunction): boolean {
  if (id.startsWith('engine::')) return !id.startsWith('engine::queue::');
  return typeof metadata === 'object' && metadata !== null && Reflect.get(metadata, 'internal') === true;
}

/** What begins with the text, or has it for a segment, comes before what only has it somewhere. */
function byRank(rows: readonly FunctionRow[], search: string): readonly FunctionRow[] {
  const wanted = search.toLowerCase();
  const rankOf = ({ function_id }: FunctionRow) => {
    const id = function_id.toLowerCase();
    if (id.startsWith(wanted) || id.split('::').includes(wanted)) return 0;
    return id.includes(wanted) ? 1 : 2;
  };
  return rows.toSorted((left, right) => rankOf(left) - rankOf(right));
}

function describeFunctions(core: EngineCore, data: unknown, caller: Peer | undefined): unknown {
  const { function_id: one, function_ids: several } = parseInput(infoInput, data);
  const isSeen = (id: string) => judgeCall(caller?.session, id) === 'allowed';
  if (one != null && several != null) throw invalid('pass either `function_id` or `function_ids`, not both');
  if (several == null) {
    if (one == null) throw invalid('missing field `function_id` (or `function_ids` for a batch)');
    if (!isSeen(one)) {
      throw new BuiltinError('FORBIDDEN', `Function '${one}' is not visible to this session.`);
    }
    const found = core.functions.get(one);
    if (found === undefined) throw new BuiltinError('NOT_FOUND', `Function '${one}' is not registered.`);
    return detailOf(core, found);
  }
  const ids = [...new Set(several)];
  if (ids.length === 0) throw invalid('`function_ids` must be a non-empty array of function ids');
  if (ids.length > batchMax) throw invalid(`too many function_ids (max ${batchMax})`);
  return {
    functions: ids.map((id) => {
      if (!isSeen(id)) return { function_id: id, error: 'forbidden' };
      const found = core.functions.get(id);
      return found === undefined ? { function_id: id, error: 'not_found' } : detailOf(core, found);
    }),
  };
}

function detailOf(core: EngineCore, found: EngineFunction) {
  return functionDetail(found, { mode: core.mode, triggers: core.triggers.list() });
}

function invalid(message: string): BuiltinError {
  return new BuiltinError('INVALID_ARGUMENTS', message);
}
