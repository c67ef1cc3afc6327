/** One configuration file, JSON or HCL, to a document with positions. Names that stand twice in an object are refused, never lost. */

import type { JsonObject, SourceFile } from './configuration.ts';
import { fileError } from './file-error.ts';
import type { TopLevelBlock } from './hcl/hcl-positions.ts';
import { parseHcl } from './hcl/parse-hcl.ts';
import { jsonFaultAt } from './json-fault.ts';
import { jsonPositions } from './json-positions.ts';
import { DEPTH_MAX, PositionRecord } from './positions.ts';
import type { Problems } from './problems.ts';
import { invalid, siteOf } from './site.ts';

export interface ConfigurationText {
  /** As the caller named it. */
  readonly path: string;
  readonly text: string;
}

export interface ParsedFile {
  readonly source: SourceFile;
  readonly document: JsonObject;
}

/** @throws TerraformError SIM_TERRAFORM_INVALID; other mistakes are added to the problems. */
export async function parseFile(file: ConfigurationText, problems: Problems): Promise<ParsedFile> {
  if (!/\.(tf|tfvars)$/.test(file.path)) return parseJsonFile(file, problems);
  const { document, positions } = await parseHcl(file);
  const source: SourceFile = { path: file.path, positions, syntax: 'hcl' };
  for (const block of positions.blocks) refuseWrongLabels(block, source, problems);
  return { source, document };
}

export function parseJsonFile(file: ConfigurationText, problems: Problems): ParsedFile {
  const document = parseJson(file);
  const positions = jsonPositions(file.text);
  if (positions.isTooDeep) {
    const reason = `it nests more than ${DEPTH_MAX} levels deep`;
    throw fileError('SIM_TERRAFORM_INVALID', file.path, { reason, nextStep: 'flatten it' });
  }
  const source: SourceFile = { path: file.path, positions, syntax: 'json' };
  for (const path of positions.duplicates) {
    const placed = { address: path.slice(0, 3).join('.'), source, path };
    const reason = `"${path.at(-1)}" stands twice in one object`;
    problems.add(invalid(siteOf(placed), { reason, nextStep: 'remove or rename one' }));
  }
  return { source, document };
}

function parseJson(file: ConfigurationText): JsonObject {
  const nextStep = 'give Terraform JSON, as cdktn or cdktf write it';
  let document: unknown;
  try {
    document = JSON.parse(file.text);
  } catch {
    // The engine's message quotes the text, which may hold what must not be printed.
    const line = new PositionRecord(file.text).lineOf(jsonFaultAt(file.text));
    throw fileError('SIM_TERRAFORM_INVALID', file.path, { reason: 'it is not valid JSON', nextStep, line });
  }
  if (isObject(document)) return document;
  throw fileError('SIM_TERRAFORM_INVALID', file.path, { reason: 'it holds no JSON object', nextStep });
}

const LABEL_COUNTS: Readonly<Record<string, number>> = {
  resource: 2,
  data: 2,
  ephemeral: 2,
  module: 1,
  variable: 1,
  output: 1,
  provider: 1,
  check: 1,
  locals: 0,
  terraform: 0,
};

/** In hcl2json's output, a label too few or too many looks like a level of attributes. */
function refuseWrongLabels(block: TopLevelBlock, source: SourceFile, problems: Problems): void {
  const count = Object.hasOwn(LABEL_COUNTS, block.type) ? LABEL_COUNTS[block.type] : undefined;
  if (count === undefined || block.labels.length === count) return;
  const address = [block.type, ...block.labels].join('.');
  const reason = `a ${block.type} block has ${count} labels, this one has ${block.labels.length}`;
  problems.add(invalid(siteOf({ address, source, path: block.path }), { reason, nextStep: 'correct them' }));
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
