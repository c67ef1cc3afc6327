/**
 * Provider configurations as far as a plan tells them: which one a resource uses, and its region. The region is what
 * the provider's resources are planned in, where they say so; else what is written, where that is plain.
 */

import type { JsonObject, JsonValue, ProviderBlock, SourceFile } from '../configuration.ts';
import type { ModuleInstance } from '../scope.ts';
import type { Value } from '../value.ts';
import { isArray, isObject, member, objectAt, textAt } from './json.ts';
import { PLANNED } from './planned-body.ts';
import { expressionsOf, type PlannedInstance } from './planned-modules.ts';
import { mentionsIn } from './references.ts';
import { unknown } from './resolve-unknown.ts';

/** `aws`, `aws.west`, `module.net.aws`: as blocks name it. */
export function providerOfInstance(plan: JsonObject, { written, type }: PlannedInstance): string {
  const key = textAt(written, 'provider_config_key') ?? '';
  const colon = key.lastIndexOf(':');
  const name = key.slice(colon + 1);
  if (name === '') return type.split('_')[0] ?? '';
  const module = colon === -1 ? '' : key.slice(0, colon);
  // A module that only says that it is given one has the caller's.
  const config = member(objectAt(objectAt(plan, 'configuration'), 'provider_config'), key);
  const isItsOwn = module !== '' && Object.keys(objectAt(config, 'expressions')).length > 0;
  return isItsOwn ? `${module}.${name}` : name;
}

export function planProviders(
  plan: JsonObject,
  options: {
    readonly source: SourceFile;
    readonly root: ModuleInstance;
    readonly instances: readonly PlannedInstance[];
  },
): readonly ProviderBlock[] {
  const { source, root, instances } = options;
  const configs = objectAt(objectAt(plan, 'configuration'), 'provider_config');
  return Object.entries(configs).flatMap(([key, config]): ProviderBlock[] => {
    if (!isObject(config)) return [];
    const module = textAt(config, 'module_address') ?? '';
    const name = textAt(config, 'name') ?? key;
    const alias = textAt(config, 'alias');
    const planned: Value[] = [];
    const body: Record<string, JsonValue> = {};
    for (const [field, expression] of Object.entries(objectAt(config, 'expressions'))) {
      if (field === 'default_tags') {
        const tags = constantTags(expression);
        if (tags !== undefined) body[field] = tags;
        continue;
      }
      const written = constantIn(plan, expression, module);
      const value = field === 'region' ? regionOf(key, instances, written) : written;
      const isText = typeof value === 'string' && !/[$%]\{/.test(value);
      if (isText) body[field] = value;
      else {
        planned.push(value ?? unknown('the plan does not say what it is'));
        body[field] = `\${${PLANNED}[${planned.length - 1}]}`;
      }
    }
    const iterators = new Map<string, Value>([[PLANNED, planned]]);
    const scope = { module: module === '' ? root : { ...root, address: module }, iterators };
    const address = `provider.${name}${alias === undefined ? '' : `.${alias}`}`;
    const path = ['configuration', 'provider_config', key];
    return [{ name, address, source, path, body, scope, ...(alias !== undefined && { alias }) }];
  });
}

/** Others stand in `tags_all` of each resource, if they are known. */
function constantTags(expression: JsonValue): JsonValue | undefined {
  const blocks = (isArray(expression) ? expression : []).map((block) =>
    member(objectAt(block, 'tags'), 'constant_value'),
  );
  const isPlain = blocks.every((tags) => isObject(tags) && !/[$%]\{/.test(JSON.stringify(tags)));
  return isPlain ? blocks.map((tags) => ({ tags: tags ?? null })) : undefined;
}

/**
 * From version 6 of the provider, every resource tells its region. One that writes it may be in another than the
 * provider's; where nothing else says, all are where they all are.
 */
function regionOf(
  key: string,
  instances: readonly PlannedInstance[],
  written: string | undefined,
): string | undefined {
  const regions = { own: new Set<string>(), all: new Set<string>() };
  for (const instance of instances) {
    const region = textAt(instance.values, 'region');
    const isItsOwn = textAt(instance.written, 'provider_config_key') === key;
    if (instance.kind !== 'resource' || !isItsOwn || region === undefined) continue;
    regions.all.add(region);
    if (!Object.hasOwn(expressionsOf(instance), 'region')) regions.own.add(region);
  }
  return single(regions.own) ?? written ?? single(regions.all);
}

function single(found: ReadonlySet<string>): string | undefined {
  return found.size === 1 ? [...found][0] : undefined;
}

const REGION = /^[a-z]{2,}(-[a-z]+)+-\d+$/;

/** A constant, or a variable of the root module by itself that looks like what is meant. */
function constantIn(plan: JsonObject, expression: JsonValue, module: string): string | undefined {
  const constant = textAt(expression, 'constant_value');
  if (constant !== undefined) return constant;
  const [mention, second] = mentionsIn(expression);
  const [first, name, further] = mention?.steps ?? [];
  if (module !== '' || second !== undefined || further !== undefined || first?.name !== 'var')
    return undefined;
  const value = textAt(objectAt(objectAt(plan, 'variables'), name?.name ?? ''), 'value');
  return value !== undefined && name?.keys.length === 0 && REGION.test(value) ? value : undefined;
}
