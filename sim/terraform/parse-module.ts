/**
 * The files of one directory to blocks by address. Refuses, with file and line, what would otherwise be lost in
 * silence: blocks that stand twice, and unknown top-level blocks. Labels and bodies may be wrapped in lists, as HCL
 * converted to JSON has them.
 */

import type {
  InputVariable,
  JsonObject,
  JsonValue,
  Module,
  ModuleCall,
  NamedValue,
  ProviderBlock,
  SourceFile,
  WrittenBlock,
} from './configuration.ts';
import { overridden } from './override.ts';
import { isObject, type ParsedFile } from './parse-file.ts';
import type { Problems } from './problems.ts';
import { invalid, type Placed, placeOf, siteOf } from './site.ts';

export interface ModuleFiles {
  readonly directory: string;
  readonly path: string;
  readonly files: readonly ParsedFile[];
  /** Merged over the others, in this order. */
  readonly overrides: readonly ParsedFile[];
  readonly unreadText: string;
}

/** Module calls are not followed: their modules are for whoever reads files to add. */
export function parseModule(files: ModuleFiles, problems: Problems): Module {
  const collected: Collected = {
    resources: new Map(),
    dataSources: new Map(),
    locals: new Map(),
    variables: new Map(),
    outputs: new Map(),
    calls: new Map(),
    providers: new Map(),
  };
  const collect = (file: ParsedFile, isOverride: boolean) =>
    collectFile(file, { collected, problems, isOverride });
  for (const file of files.files) collect(file, false);
  for (const file of files.overrides) collect(file, true);
  const { directory, path, unreadText } = files;
  return { directory, path, unreadText, ...collected, providers: [...collected.providers.values()] };
}

interface Collected {
  readonly resources: Map<string, WrittenBlock>;
  readonly dataSources: Map<string, WrittenBlock>;
  readonly locals: Map<string, NamedValue>;
  readonly variables: Map<string, InputVariable>;
  readonly outputs: Map<string, NamedValue>;
  readonly calls: Map<string, ModuleCall>;
  readonly providers: Map<string, ProviderBlock>;
}

interface Collecting {
  readonly collected: Collected;
  readonly problems: Problems;
  readonly isOverride: boolean;
}

interface Node {
  readonly source: SourceFile;
  readonly path: readonly (string | number)[];
  readonly value: JsonValue;
}

/** Blocks without bearing on what is simulated. */
const IGNORED_BLOCKS: ReadonlySet<string> = new Set([
  '//',
  'terraform',
  'moved',
  'import',
  'removed',
  'check',
  'ephemeral',
]);

const COLLECTORS = {
  resource: (node: Node, to: Collecting) => collectBlocks('resource', node, to),
  data: (node: Node, to: Collecting) => collectBlocks('data', node, to),
  provider: collectProviders,
  variable: (node: Node, to: Collecting) =>
    collectNamed(node, to, ({ name, ...rest }) =>
      put(to, to.collected.variables, { address: `var.${name}`, ...rest }),
    ),
  output: (node: Node, to: Collecting) =>
    collectNamed(node, to, ({ name, body, source, path }) => {
      const value = body.value ?? null;
      addNew(to, to.collected.outputs, {
        address: `output.${name}`,
        source,
        path: [...path, 'value'],
        value,
      });
    }),
  module: (node: Node, to: Collecting) =>
    collectNamed(node, to, (call) =>
      put(to, to.collected.calls, { address: `module.${call.name}`, ...call }),
    ),
  locals: collectLocals,
};

function collectFile({ source, document }: ParsedFile, to: Collecting): void {
  for (const [kind, value] of Object.entries(document)) {
    if (IGNORED_BLOCKS.has(kind)) continue;
    to.problems.attempt(() => {
      if (!Object.hasOwn(COLLECTORS, kind)) {
        const nextStep = 'a Terraform configuration holds resource, data, locals, variable, provider, …';
        const placed: Placed = { address: kind, source, path: [kind] };
        throw invalid(siteOf(placed), { reason: 'there is no such top-level block', nextStep });
      }
      COLLECTORS[kind as keyof typeof COLLECTORS]({ source, path: [kind], value }, to);
    });
  }
}

function collectBlocks(kind: WrittenBlock['kind'], node: Node, to: Collecting): void {
  const blocks = kind === 'data' ? to.collected.dataSources : to.collected.resources;
  for (const { labels, body, path } of labelled(node, 2, to)) {
    const [type = '', name = ''] = labels;
    const address = kind === 'data' ? `data.${type}.${name}` : `${type}.${name}`;
    put(to, blocks, { kind, address, type, name, source: node.source, path, body: withPlainProvider(body) });
  }
}

/** HCL writes `provider = aws.west`, JSON "aws.west"; it is a name, not an expression. */
function withPlainProvider(body: JsonObject): JsonObject {
  const name = typeof body.provider === 'string' ? plainName(body.provider) : undefined;
  return name === undefined ? body : { ...body, provider: name };
}

export function plainName(text: string): string {
  return /^\$\{\s*([\w-]+(?:\.[\w-]+)?)\s*\}$/.exec(text)?.[1] ?? text;
}

function collectProviders(node: Node, to: Collecting): void {
  for (const { labels, body, path } of labelled(node, 1, to)) {
    const [name = ''] = labels;
    const alias = typeof body.alias === 'string' ? { alias: body.alias } : {};
    const provider = { name, address: `provider.${name}`, source: node.source, path, body, ...alias };
    const key = `${name}.${alias.alias ?? ''}`;
    const before = to.isOverride ? to.collected.providers.get(key) : undefined;
    // Two default providers are a mistake that Terraform tells; both are kept, so that it can be told here.
    const free = to.collected.providers.has(key) ? `${key}.${to.collected.providers.size}` : key;
    to.collected.providers.set(before ? key : free, before ? overridden(before, provider) : provider);
  }
}

interface NamedBlock {
  readonly name: string;
  readonly source: SourceFile;
  readonly path: readonly (string | number)[];
  readonly body: JsonObject;
}

function collectNamed(node: Node, to: Collecting, use: (block: NamedBlock) => void): void {
  for (const { labels, body, path } of labelled(node, 1, to)) {
    use({ name: labels[0] ?? '', source: node.source, path, body });
  }
}

function collectLocals(node: Node, to: Collecting): void {
  for (const { body, path } of labelled(node, 0, to)) {
    for (const [name, value] of Object.entries(body)) {
      if (name === '//') continue;
      const local = { address: `local.${name}`, source: node.source, path: [...path, name], value };
      if (to.isOverride) to.collected.locals.set(local.address, local);
      else addNew(to, to.collected.locals, local);
    }
  }
}

function put<Item extends Placed & { readonly body: JsonObject }>(
  to: Collecting,
  items: Map<string, Item>,
  item: Item,
): void {
  if (!to.isOverride) {
    addNew(to, items, item);
    return;
  }
  const before = items.get(item.address);
  if (before !== undefined) {
    items.set(item.address, overridden(before, item));
    return;
  }
  const reason = 'no other file has the block that it would override';
  to.problems.add(invalid(siteOf(item), { reason, nextStep: 'write it outside an override file' }));
}

function addNew<Item extends Placed>(to: Collecting, items: Map<string, Item>, item: Item): void {
  const before = items.get(item.address);
  if (before === undefined || to.isOverride) {
    items.set(item.address, item);
    return;
  }
  const { file, line } = placeOf(before);
  const reason = `it stands twice, first in ${file}:${line}`;
  to.problems.add(invalid(siteOf(item), { reason, nextStep: 'remove or rename one' }));
}

interface Labelled {
  readonly labels: readonly string[];
  readonly path: readonly (string | number)[];
  readonly body: JsonObject;
}

function* labelled(
  node: Node,
  labelCount: number,
  to: Collecting,
  labels: readonly string[] = [],
): Generator<Labelled> {
  const { source, path, value } = node;
  if (Array.isArray(value)) {
    for (const [index, item] of (value as readonly JsonValue[]).entries()) {
      yield* labelled({ source, path: [...path, index], value: item }, labelCount, to, labels);
    }
  } else if (!isObject(value)) {
    const placed = { address: path.filter((step) => typeof step === 'string').join('.'), source, path };
    const nextStep = 'write the block as an object';
    to.problems.add(invalid(siteOf(placed), { reason: 'it is not an object', nextStep }));
  } else if (labels.length === labelCount) {
    yield { labels, path, body: value };
  } else {
    for (const [name, item] of Object.entries(value)) {
      if (name === '//') continue;
      yield* labelled({ source, path: [...path, name], value: item }, labelCount, to, [...labels, name]);
    }
  }
}
