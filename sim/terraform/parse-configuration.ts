/**
 * Terraform JSON text to blocks by address. Refuses, with file and line, what would otherwise be lost in silence:
 * names that stand twice, unknown top-level blocks, modules. Labels and bodies may be wrapped in arrays, as HCL
 * converted to JSON has them.
 */

import type {
  Block,
  JsonObject,
  JsonValue,
  NamedValue,
  ProviderBlock,
  SourceFile,
  TerraformConfiguration,
} from './configuration.ts';
import { JSON_DEPTH_MAX, jsonPositions } from './json-positions.ts';
import { invalid, type Placed, siteOf, TerraformError, unsupported } from './site.ts';

export interface ConfigurationText {
  readonly path: string;
  readonly text: string;
}

/** Blocks without bearing on what is simulated. */
const IGNORED_BLOCKS: ReadonlySet<string> = new Set([
  '//',
  'terraform',
  'output',
  'moved',
  'import',
  'removed',
  'check',
  'ephemeral',
]);

interface Collected {
  readonly resources: Map<string, Block>;
  readonly dataSources: Map<string, Block>;
  readonly locals: Map<string, NamedValue>;
  readonly variables: Map<string, NamedValue>;
  readonly providers: ProviderBlock[];
}

/** `path` is what the user named; the texts are its files. */
export function parseConfiguration(
  path: string,
  files: readonly ConfigurationText[],
): TerraformConfiguration {
  const collected: Collected = {
    resources: new Map(),
    dataSources: new Map(),
    locals: new Map(),
    variables: new Map(),
    providers: [],
  };
  for (const file of files) collectFile(file, collected);
  return { path, ...collected };
}

/** A failure of a whole file, where no address can be named. */
export function fileError(
  code: 'SIM_TERRAFORM_UNREADABLE' | 'SIM_TERRAFORM_INVALID' | 'SIM_TERRAFORM_UNSUPPORTED',
  path: string,
  problem: { readonly reason: string; readonly nextStep: string },
): TerraformError {
  const message = `could not read ${path}: ${problem.reason}; ${problem.nextStep}`;
  return new TerraformError(code, message, { file: path, reason: problem.reason }, false);
}

function collectFile(file: ConfigurationText, collected: Collected): void {
  const document = parseJson(file);
  const source: SourceFile = { path: file.path, positions: jsonPositions(file.text) };
  if (source.positions.isTooDeep) {
    const reason = `it nests more than ${JSON_DEPTH_MAX} levels deep`;
    throw fileError('SIM_TERRAFORM_INVALID', file.path, { reason, nextStep: 'flatten it' });
  }
  refuseDuplicates(source);
  for (const [kind, value] of Object.entries(document)) {
    if (IGNORED_BLOCKS.has(kind)) continue;
    const collect = COLLECTORS[kind as keyof typeof COLLECTORS];
    const placed: Placed = { address: kind, source, path: [kind] };
    if (!Object.hasOwn(COLLECTORS, kind)) {
      const nextStep = 'a Terraform configuration holds resource, data, locals, variable, provider, …';
      throw invalid(siteOf(placed), { reason: 'there is no such top-level block', nextStep });
    }
    collect({ source, path: [kind], value }, collected);
  }
}

function parseJson(file: ConfigurationText): JsonObject {
  let document: unknown;
  try {
    document = JSON.parse(file.text);
  } catch (error) {
    // The engine's message quotes the text, which may hold what must not be printed; only the place is taken from it.
    const place = /line \d+ column \d+/.exec(error instanceof Error ? error.message : '')?.[0];
    const reason = `it is not valid JSON${place === undefined ? '' : ` (${place})`}`;
    throw fileError('SIM_TERRAFORM_INVALID', file.path, {
      reason,
      nextStep: 'give Terraform JSON, as cdktn or cdktf write it',
    });
  }
  if (!isObject(document)) {
    const reason = 'it holds no JSON object';
    throw fileError('SIM_TERRAFORM_INVALID', file.path, {
      reason,
      nextStep: 'give Terraform JSON, as cdktn or cdktf write it',
    });
  }
  return document;
}

function refuseDuplicates(source: SourceFile): void {
  const [path] = source.positions.duplicates;
  if (path === undefined) return;
  const placed = { address: path.slice(0, 3).join('.'), source, path };
  throw invalid(siteOf(placed), {
    reason: `"${path.at(-1)}" stands twice in one object`,
    nextStep: 'remove or rename one',
  });
}

interface Node {
  readonly source: SourceFile;
  readonly path: readonly (string | number)[];
  readonly value: JsonValue;
}

const COLLECTORS = {
  resource: (node: Node, collected: Collected) => collectBlocks('resource', node, collected.resources),
  data: (node: Node, collected: Collected) => collectBlocks('data', node, collected.dataSources),
  provider: collectProviders,
  variable: collectVariables,
  locals: collectLocals,
  module: refuseModules,
};

function collectBlocks(kind: Block['kind'], node: Node, blocks: Map<string, Block>): void {
  for (const { labels, body, path } of labelled(node, 2)) {
    const [type = '', name = ''] = labels;
    const address = kind === 'data' ? `data.${type}.${name}` : `${type}.${name}`;
    addNew(blocks, { kind, address, type, name, source: node.source, path, body });
  }
}

function collectProviders(node: Node, collected: Collected): void {
  for (const { labels, body, path } of labelled(node, 1)) {
    const [name = ''] = labels;
    const alias = typeof body.alias === 'string' ? { alias: body.alias } : {};
    collected.providers.push({
      name,
      address: `provider.${name}`,
      source: node.source,
      path,
      body,
      ...alias,
    });
  }
}

function collectVariables(node: Node, collected: Collected): void {
  for (const { labels, body, path } of labelled(node, 1)) {
    const value = body.default;
    addNew(collected.variables, {
      address: `var.${labels[0]}`,
      source: node.source,
      path,
      ...(value === undefined ? {} : { value }),
    });
  }
}

function collectLocals(node: Node, collected: Collected): void {
  for (const { body, path } of labelled(node, 0)) {
    for (const [name, value] of Object.entries(body)) {
      if (name === '//') continue;
      addNew(collected.locals, {
        address: `local.${name}`,
        source: node.source,
        path: [...path, name],
        value,
      });
    }
  }
}

function refuseModules(node: Node): void {
  for (const { labels, path } of labelled(node, 1)) {
    const placed = { address: `module.${labels[0]}`, source: node.source, path };
    throw unsupported(siteOf(placed), {
      reason: 'modules are not read yet',
      nextStep: 'give the configuration without modules',
    });
  }
}

function addNew<Item extends Placed>(items: Map<string, Item>, item: Item): void {
  const before = items.get(item.address);
  if (before !== undefined) {
    const line = before.source.positions.lineAt(before.path);
    const reason = `it stands twice, first in ${before.source.path}:${line}`;
    throw invalid(siteOf(item), { reason, nextStep: 'remove or rename one' });
  }
  items.set(item.address, item);
}

interface Labelled {
  readonly labels: readonly string[];
  readonly path: readonly (string | number)[];
  readonly body: JsonObject;
}

function* labelled(node: Node, labelCount: number, labels: readonly string[] = []): Generator<Labelled> {
  const { source, path, value } = node;
  if (isList(value)) {
    for (const [index, item] of value.entries()) {
      yield* labelled({ source, path: [...path, index], value: item }, labelCount, labels);
    }
  } else if (!isObject(value)) {
    const placed = { address: path.filter((step) => typeof step === 'string').join('.'), source, path };
    throw invalid(siteOf(placed), {
      reason: 'it is not an object',
      nextStep: 'write the block as an object',
    });
  } else if (labels.length === labelCount) {
    yield { labels, path, body: value };
  } else {
    for (const [name, item] of Object.entries(value)) {
      if (name === '//') continue;
      yield* labelled({ source, path: [...path, name], value: item }, labelCount, [...labels, name]);
    }
  }
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isList(value: JsonValue): value is readonly JsonValue[] {
  return Array.isArray(value);
}
