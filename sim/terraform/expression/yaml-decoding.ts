/**
 * YAML as Terraform reads it: one document, of YAML 1.2 with the words of 1.1 (`yes`, `off`) for bools. What is written in
 * tags of its own, or as a number that is not kept exactly, is refused.
 */

import {
  isAlias,
  isScalar,
  isSeq,
  isMap as isYamlMap,
  type Node,
  parseAllDocuments,
  type Scalar,
} from 'yaml';
import { isMap, toText, type Value } from '../value.ts';
import { ArgumentProblem } from './terraform-function.ts';

const NODES_MAX = 100_000;
const TEXT_LENGTH_MAX = 256 * 1024;
const TRUE = /^(?:y|Y|yes|Yes|YES|true|True|TRUE|on|On|ON)$/;
const FALSE = /^(?:n|N|no|No|NO|false|False|FALSE|off|Off|OFF)$/;
const NULL = /^(?:|~|null|Null|NULL)$/;
const DECIMAL = /^[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?$/;
const BASED = /^([-+]?)(0x[0-9a-fA-F]+|0o[0-7]+)$/;
const DATE = /^\d{4}-\d{1,2}-\d{1,2}(?:[Tt ].*)?$/;

export function decodeYaml(text: string): Value {
  if (text.length > TEXT_LENGTH_MAX) throw new ArgumentProblem('the text is too long', { isLimit: true });
  try {
    return decodeDocument(text);
  } catch (error) {
    // What nests too deep for the stack.
    if (error instanceof RangeError) throw new ArgumentProblem('it nests too deep', { isLimit: true });
    throw error;
  }
}

function decodeDocument(text: string): Value {
  const documents = parseAllDocuments(text, { schema: 'failsafe', uniqueKeys: false, logLevel: 'silent' });
  if (!Array.isArray(documents) || documents.length === 0) throw new ArgumentProblem('it holds no document');
  const [document, other] = documents;
  if (other !== undefined) throw new ArgumentProblem('it holds more than one document');
  if (document === undefined || document.errors.length > 0) throw new ArgumentProblem('it is not valid YAML');
  return new YamlReader(document.contents, (node) => (isAlias(node) ? node.resolve(document) : node)).value();
}

class YamlReader {
  readonly #root: Node | null;
  readonly #resolve: (node: Node) => Node | undefined;
  #nodes = 0;

  constructor(root: Node | null, resolve: (node: Node) => Node | undefined) {
    this.#root = root;
    this.#resolve = resolve;
  }

  value(): Value {
    if (this.#root === null) throw new ArgumentProblem('it holds no document');
    return this.#valueOf(this.#root, 0);
  }

  #valueOf(node: unknown, depth: number): Value {
    this.#nodes += 1;
    if (this.#nodes > NODES_MAX || depth > 64)
      throw new ArgumentProblem('it is too large', { isLimit: true });
    if (node === null || node === undefined) return null;
    if (isAlias(node)) {
      const anchored = this.#resolve(node);
      if (anchored === undefined || isAlias(anchored))
        throw new ArgumentProblem('an alias stands for nothing');
      return this.#valueOf(anchored, depth + 1);
    }
    if (isSeq(node)) return node.items.map((item) => this.#valueOf(item, depth + 1));
    if (isYamlMap(node)) return this.#map(node.items, depth);
    if (isScalar(node)) return scalarValue(node);
    throw new ArgumentProblem('it is not valid YAML');
  }

  #map(items: readonly { readonly key: unknown; readonly value: unknown }[], depth: number): Value {
    const entries = new Map<string, Value>();
    for (const { key, value } of items) {
      const name = isScalar(key) ? toText(scalarValue(key)) : undefined;
      if (name === undefined) throw new ArgumentProblem('a key is no text');
      const inner = this.#valueOf(value, depth + 1);
      if (name === '<<' && isMap(inner)) {
        for (const [mergedName, mergedValue] of inner)
          if (!entries.has(mergedName)) entries.set(mergedName, mergedValue);
      } else entries.set(name, inner);
    }
    return entries;
  }
}

function scalarValue(node: Scalar): Value {
  const text = String(node.value ?? '');
  const isPlain = node.type === 'PLAIN' || node.type === undefined;
  if (node.tag === 'tag:yaml.org,2002:str' || (!isPlain && node.tag === undefined)) return text;
  if (node.tag !== undefined && node.tag !== '!') {
    throw new ArgumentProblem('a tag is not read', { isLimit: true });
  }
  if (!isPlain) return text;
  if (NULL.test(text)) return null;
  if (TRUE.test(text)) return true;
  if (FALSE.test(text)) return false;
  if (DATE.test(text)) return dateText(text);
  return numberIn(text) ?? text;
}

function numberIn(text: string): number | undefined {
  const based = BASED.exec(text);
  const isWhole = /^[-+]?\d+$/.test(text);
  if (based === null && !DECIMAL.test(text)) {
    if (/^[-+]?\.(inf|nan)$/i.test(text)) throw new ArgumentProblem('there is no such number in Terraform');
    return undefined;
  }
  const number = based ? Number(based[2]) * (based[1] === '-' ? -1 : 1) : Number(text);
  const isExact = based
    ? Number.isSafeInteger(number)
    : !isWhole || BigInt(number) === BigInt(text.replace('+', ''));
  if (Number.isFinite(number) && isExact) return number;
  throw new ArgumentProblem('a number has more digits than are kept', { isLimit: true });
}

/** A date alone becomes the first moment of its day. */
function dateText(text: string): string {
  if (/^\d{4}-\d\d-\d\d$/.test(text)) return `${text}T00:00:00Z`;
  throw new ArgumentProblem('a date with time is not read', { isLimit: true });
}
