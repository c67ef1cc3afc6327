/**
 * The instances of modules, resources and data sources that will exist after the apply, each with what the plan's
 * configuration says of it. What is to be destroyed is not among them.
 */

import type { JsonObject, JsonValue } from '../configuration.ts';
import { arrayAt, isObject, member, objectAt, textAt } from './json.ts';
import { formatSteps, splitAddress } from './split-address.ts';

export interface PlannedInstance {
  readonly address: string;
  readonly kind: 'resource' | 'data';
  readonly type: string;
  readonly name: string;
  /** `[0]`, `["a"]`, or empty. */
  readonly key: string;
  readonly module: PlannedModule;
  /** Of the plan's configuration; its `expressions` are what is written. */
  readonly written: JsonObject;
  readonly values: JsonObject;
  /** `true` where a value is known only after apply, in the shape of the values. */
  readonly unknown: JsonValue;
  /** The same for what must not be shown. */
  readonly sensitive: JsonValue;
  /** It is new, or made anew: whatever it computes is not known. */
  readonly isCreated: boolean;
  /** In the plan's document. */
  readonly path: readonly (string | number)[];
}

export interface PlannedModule {
  /** Empty for the root module, else `module.api["dev"]`. */
  readonly address: string;
  readonly key: string;
  /** `{resources, module_calls, outputs, variables}` of the plan's configuration. */
  readonly written: JsonObject;
  /** Absent: the root module. */
  readonly caller?: { readonly module: PlannedModule; readonly call: JsonObject };
  /** By the address in the module without key: `aws_subnet.private`, `data.aws_vpc.main`. */
  readonly instances: Map<string, PlannedInstance[]>;
  /** By the name of the call. */
  readonly children: Map<string, PlannedModule[]>;
}

export interface PlannedTree {
  readonly root: PlannedModule;
  /** In the order of the document. */
  readonly instances: readonly PlannedInstance[];
  /** Planned, and in no place of the plan's configuration. */
  readonly unwritten: readonly FoundResource[];
}

export function plannedTree(plan: JsonObject): PlannedTree {
  const root: PlannedModule = {
    address: '',
    key: '',
    written: objectAt(objectAt(plan, 'configuration'), 'root_module'),
    instances: new Map(),
    children: new Map(),
  };
  const modules = new Map([['', root]]);
  const changes = changesByAddress(plan);
  const instances = new Map<string, PlannedInstance>();
  const unwritten: FoundResource[] = [];
  for (const found of resourcesIn(plan)) {
    const address = textAt(found.resource, 'address') ?? '';
    const module = moduleAt(modules, root, found.moduleAddress);
    const instance = module && instanceOf(found, { module, address, change: changes.get(address) ?? {} });
    if (instance === undefined && textAt(found.resource, 'mode') === 'managed') unwritten.push(found);
    if (instance === undefined || instances.has(address)) continue;
    instances.set(address, instance);
    const key = addressInModule(instance);
    const before = instance.module.instances.get(key);
    if (before === undefined) instance.module.instances.set(key, [instance]);
    else before.push(instance);
  }
  addModulesWithoutResources(root);
  return { root, instances: [...instances.values()], unwritten };
}

/** `aws_subnet.private`, `data.aws_vpc.main`. */
export function addressInModule({ kind, type, name }: PlannedInstance): string {
  return kind === 'data' ? `data.${type}.${name}` : `${type}.${name}`;
}

export function expressionsOf({ written }: PlannedInstance): JsonObject {
  return objectAt(written, 'expressions');
}

/** Changes of what will be there; a deposed object only goes. */
function changesByAddress(plan: JsonObject): ReadonlyMap<string, JsonObject> {
  const changes = new Map<string, JsonObject>();
  for (const entry of arrayAt(plan, 'resource_changes')) {
    const address = textAt(entry, 'address');
    if (address !== undefined && member(entry, 'deposed') === undefined) {
      changes.set(address, objectAt(entry, 'change'));
    }
  }
  return changes;
}

export interface FoundResource {
  readonly resource: JsonObject;
  readonly moduleAddress: string;
  readonly path: readonly (string | number)[];
}

/** What is planned, then the data sources that were read while planning. */
function resourcesIn(plan: JsonObject): readonly FoundResource[] {
  const prior = objectAt(objectAt(plan, 'prior_state'), 'values');
  return [
    ...inModule(objectAt(objectAt(plan, 'planned_values'), 'root_module'), ['planned_values', 'root_module']),
    ...inModule(objectAt(prior, 'root_module'), ['prior_state', 'values', 'root_module']).filter(
      ({ resource }) => textAt(resource, 'mode') === 'data',
    ),
  ];
}

function inModule(module: JsonObject, path: readonly (string | number)[]): readonly FoundResource[] {
  const moduleAddress = textAt(module, 'address') ?? '';
  const own = arrayAt(module, 'resources').flatMap((resource, index): FoundResource[] =>
    isObject(resource) ? [{ resource, moduleAddress, path: [...path, 'resources', index] }] : [],
  );
  const below = arrayAt(module, 'child_modules').flatMap((child, index) =>
    isObject(child) ? inModule(child, [...path, 'child_modules', index]) : [],
  );
  return [...own, ...below];
}

function instanceOf(
  { resource, path }: FoundResource,
  options: { readonly module: PlannedModule; readonly address: string; readonly change: JsonObject },
): PlannedInstance | undefined {
  const { module, address, change } = options;
  const kind = KINDS[textAt(resource, 'mode') ?? ''];
  const [type, name] = [textAt(resource, 'type') ?? '', textAt(resource, 'name') ?? ''];
  const inside = kind === 'data' ? `data.${type}.${name}` : `${type}.${name}`;
  const written = writtenResource(module, inside);
  if (kind === undefined || written === undefined) return undefined;
  const start = module.address === '' ? inside : `${module.address}.${inside}`;
  const actions = arrayAt(change, 'actions');
  return {
    address,
    kind,
    type,
    name,
    key: address.startsWith(start) ? address.slice(start.length) : '',
    module,
    written,
    values: objectAt(resource, 'values'),
    unknown: member(change, 'after_unknown') ?? {},
    sensitive: member(resource, 'sensitive_values') ?? {},
    isCreated: actions.includes('create'),
    path,
  };
}

const KINDS: Readonly<Record<string, PlannedInstance['kind']>> = { managed: 'resource', data: 'data' };

const writtenResources = new WeakMap<JsonObject, ReadonlyMap<string, JsonObject>>();

function writtenResource(module: PlannedModule, address: string): JsonObject | undefined {
  let found = writtenResources.get(module.written);
  if (found === undefined) {
    found = new Map(
      arrayAt(module.written, 'resources').flatMap((one) =>
        isObject(one) ? [[textAt(one, 'address') ?? '', one] as const] : [],
      ),
    );
    writtenResources.set(module.written, found);
  }
  return found.get(address);
}

/** The instance of a module, and those around it, made where it is first met. */
function moduleAt(
  modules: Map<string, PlannedModule>,
  root: PlannedModule,
  address: string,
): PlannedModule | undefined {
  const known = modules.get(address);
  if (known !== undefined) return known;
  const steps = splitAddress(address) ?? [];
  const [last, word] = [steps.at(-1), steps.at(-2)];
  if (last === undefined || word?.name !== 'module') return undefined;
  const parent = moduleAt(modules, root, formatSteps(steps.slice(0, -2)));
  const made = parent && addChild(parent, last.name, last.keys.join(''));
  if (made !== undefined) modules.set(address, made);
  return made;
}

function addChild(parent: PlannedModule, name: string, key: string): PlannedModule | undefined {
  const call = member(objectAt(parent.written, 'module_calls'), name);
  if (!isObject(call)) return undefined;
  const start = parent.address === '' ? '' : `${parent.address}.`;
  const child: PlannedModule = {
    address: `${start}module.${name}${key}`,
    key,
    written: objectAt(call, 'module'),
    caller: { module: parent, call },
    instances: new Map(),
    children: new Map(),
  };
  parent.children.set(name, [...(parent.children.get(name) ?? []), child]);
  return child;
}

/** One that only passes values on is in no list, and is there all the same. */
function addModulesWithoutResources(module: PlannedModule): void {
  for (const [name, call] of Object.entries(objectAt(module.written, 'module_calls'))) {
    const isRepeated = ['count_expression', 'for_each_expression'].some(
      (expression) => member(call, expression) !== undefined,
    );
    if (!isRepeated && !module.children.has(name)) addChild(module, name, '');
    for (const child of module.children.get(name) ?? []) addModulesWithoutResources(child);
  }
}
