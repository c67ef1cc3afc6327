/**
 * A plan (`terraform show -json`) to the configuration that its apply would leave behind, in the shape that one read
 * from files has. Nothing in it is evaluated: values are the plan's. A reference is told only where a plan allows no
 * other; the rest is unknown, with what it may be.
 */

import type {
  Block,
  JsonObject,
  Module,
  SourceFile,
  TerraformConfiguration,
  Unexpanded,
} from '../configuration.ts';
import { createEvaluation } from '../evaluator.ts';
import { collectProblems } from '../problems.ts';
import type { ModuleInstance } from '../scope.ts';
import { placeOf } from '../site.ts';
import type { Value } from '../value.ts';
import { arrayAt, isObject, member, objectAt, textAt } from './json.ts';
import { knownIdentities } from './known-identities.ts';
import { planLines } from './plan-lines.ts';
import { planProviders, providerOfInstance } from './plan-providers.ts';
import { type BodyContext, PLANNED, plannedBody } from './planned-body.ts';
import {
  type FoundResource,
  type PlannedInstance,
  type PlannedModule,
  plannedTree,
} from './planned-modules.ts';
import { createResolver } from './resolve-unknown.ts';
import { unwrittenAttributes } from './unwritten-attributes.ts';

export interface PlanText {
  /** As the caller named it. */
  readonly path: string;
  readonly text: string;
  /** What the text holds. */
  readonly plan: JsonObject;
}

export function readPlan({ path, text, plan }: PlanText): TerraformConfiguration {
  const source: SourceFile = { path, positions: planLines(text), syntax: 'json' };
  const { root: tree, instances, unwritten } = plannedTree(plan);
  const resources = new Map<string, Block>();
  const dataSources = new Map<string, Block>();
  const module: Module = {
    directory: path,
    path: '.',
    resources,
    dataSources,
    locals: new Map(),
    variables: new Map(),
    outputs: new Map(),
    calls: new Map(),
    providers: [],
    unreadText: '',
  };
  const root: ModuleInstance = { address: '', module };
  const providers = planProviders(plan, { source, root, instances });
  const context: BodyContext = {
    resolver: createResolver(instances),
    identities: knownIdentities(instances),
    extra: unwrittenAttributes(instances),
  };
  for (const instance of instances) {
    const block = blockOf(instance, { context, plan, source, root });
    (instance.kind === 'data' ? dataSources : resources).set(block.address, block);
  }
  return {
    path,
    resources,
    dataSources,
    unexpanded: [...leftOut(plan, tree, source), ...unwritten.map((found) => notWritten(found, source))],
    locals: module.locals,
    variables: module.variables,
    providers,
    evaluation: createEvaluation({ ...root, module: { ...module, providers } }, { inputs: new Map() }),
    mistakes: collectProblems(),
  };
}

function blockOf(
  instance: PlannedInstance,
  options: {
    readonly context: BodyContext;
    readonly plan: JsonObject;
    readonly source: SourceFile;
    readonly root: ModuleInstance;
  },
): Block {
  const { context, plan, source, root } = options;
  const { address, kind, type, name, path } = instance;
  const { body, planned } = plannedBody(instance, context);
  const iterators = new Map<string, Value>([[PLANNED, planned]]);
  return {
    kind,
    address,
    type,
    name,
    source,
    path,
    body: withGivenBlock(withAllTags(instance, body)),
    scope: { module: root, iterators },
    provider: providerOfInstance(plan, instance),
  };
}

/** Those that the provider puts on every resource are among `tags_all`. */
function withAllTags({ values, sensitive }: PlannedInstance, body: JsonObject): JsonObject {
  const all = values.tags_all;
  const isPlain =
    isObject(all) && Object.values(all).every((tag) => typeof tag === 'string' && !/[$%]\{/.test(tag));
  const isSecret = member(sensitive, 'tags_all') === true || holdsTrue(objectAt(sensitive, 'tags_all'));
  if (!isPlain || isSecret || Object.keys(all).length < Object.keys(objectAt(body, 'tags')).length)
    return body;
  if (Object.keys(all).some((key) => /[$%]\{/.test(key)) || Object.keys(all).length === 0) return body;
  return { ...body, tags: all };
}

/** Which block AWS gave is known, and another need not be thought of. */
function withGivenBlock(body: JsonObject): JsonObject {
  const { assign_generated_ipv6_cidr_block: asked, ...rest } = body;
  return asked !== undefined && Object.hasOwn(body, 'ipv6_cidr_block') ? rest : body;
}

function holdsTrue(values: JsonObject): boolean {
  return Object.values(values).includes(true);
}

/**
 * Resources that are written without `count` and `for_each` and of which there is no instance, though nothing removes
 * it: before Terraform 1.8 a plan with -target does not say that it is one.
 */
function leftOut(plan: JsonObject, tree: PlannedModule, source: SourceFile): readonly Unexpanded[] {
  const removed = new Set(arrayAt(plan, 'resource_changes').map((change) => textAt(change, 'address')));
  const found: Unexpanded[] = [];
  const visit = (module: PlannedModule) => {
    for (const written of arrayAt(module.written, 'resources')) {
      if (!isObject(written) || isRepeated(written) || textAt(written, 'mode') !== 'managed') continue;
      const inside = textAt(written, 'address') ?? '';
      const address = module.address === '' ? inside : `${module.address}.${inside}`;
      if (module.instances.has(inside) || removed.has(address)) continue;
      const reason = 'the plan leaves it out, as one made with -target does';
      const place = placeOf({ address, source, path: [] });
      found.push({
        address,
        kind: 'resource',
        type: textAt(written, 'type') ?? '',
        cause: { address, reason, place },
        place,
      });
    }
    for (const children of module.children.values()) for (const child of children) visit(child);
  };
  visit(tree);
  return found;
}

function notWritten({ resource, path }: FoundResource, source: SourceFile): Unexpanded {
  const address = textAt(resource, 'address') ?? '';
  const place = placeOf({ address, source, path });
  const reason = "the plan's configuration does not hold it";
  return {
    address,
    kind: 'resource',
    type: textAt(resource, 'type') ?? '',
    cause: { address, reason, place },
    place,
  };
}

function isRepeated(written: JsonObject): boolean {
  return (
    member(written, 'count_expression') !== undefined || member(written, 'for_each_expression') !== undefined
  );
}
