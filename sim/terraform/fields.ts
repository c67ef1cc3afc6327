/**
 * Typed access to the attributes and nested blocks of one block. What is asked for is evaluated, converted as
 * Terraform converts, and refused with file, line, address and field when it is not known or of another kind.
 * Null counts as absent. `refuseUnread` refuses whatever nobody asked for, so that no attribute is skipped in silence.
 */

import type { JsonObject, JsonValue } from './configuration.ts';
import { dynamicBlocksIn, expandDynamic } from './dynamic-blocks.ts';
import type { Evaluator } from './evaluator.ts';
import {
  invalid,
  type Placed,
  placeOf,
  type Site,
  siteOf,
  siteOfStep,
  TerraformError,
  unresolved,
  unsupported,
} from './site.ts';
import {
  describeKind,
  isList,
  isMap,
  isSymbolic,
  type Reference,
  reasonOf,
  toBoolean,
  toNumber,
  toText,
  type Value,
} from './value.ts';

/** A value with its place, for errors about it. */
export interface Located<Kind> {
  readonly value: Kind;
  readonly site: Site;
}

export interface Fields {
  readonly site: Site;
  /** Whether it is there at all: `ingress = []` says something that leaving it out does not. */
  isWritten(name: string): boolean;
  value(name: string): Located<Value> | undefined;
  text(name: string): string | undefined;
  number(name: string): number | undefined;
  boolean(name: string): boolean | undefined;
  list(name: string): readonly Located<Value>[];
  /** For what is only told to people: absent also where it is not known. */
  textIfKnown(name: string): string | undefined;
  /** A map, with null members left out: AWS never sees them. */
  map(name: string): ReadonlyMap<string, Located<Value>>;
  /** Nested blocks, one or several, written as an object or a list. */
  blocks(name: string): readonly Fields[];
  /** Unwraps what a getter gave, or says that it is missing. */
  required<Kind>(name: string, found: Kind | undefined): Kind;
  siteOf(name: string): Site;
  refuseUnread(known: KnownFields): void;
}

export interface KnownFields {
  /** Attributes without bearing on what is simulated. */
  readonly inert: readonly string[];
  /** Switches that are not modelled and are off unless set. */
  readonly off?: readonly string[];
}

/** Where the members of a block come from: raw JSON, or a value that an expression gave. */
interface Members {
  readonly names: readonly string[];
  /** Some expressions give null only when they are evaluated. */
  isNull(name: string): boolean;
  get(name: string): Value;
  blocks(name: string, site: Site): readonly Fields[];
}

/** What every block may hold and what never bears on the network. */
const META_ARGUMENTS: ReadonlySet<string> = new Set([
  '//',
  'depends_on',
  'lifecycle',
  'provisioner',
  'connection',
  'timeouts',
  'count',
  'for_each',
  'provider',
]);

export function fieldsOf(placed: Placed & { readonly body: JsonObject }, evaluator: Evaluator): Fields {
  return fieldsOfRaw(placed.body, siteOf(placed), evaluator);
}

function fieldsOfRaw(body: JsonObject, site: Site, evaluator: Evaluator): Fields {
  const dynamic = dynamicBlocksIn(body, site);
  const rawOf = (name: string) =>
    Object.hasOwn(body, name) && name !== 'dynamic' ? (body[name] ?? null) : null;
  const dynamicBlocks = (name: string) =>
    (dynamic.get(name) ?? []).map((block) =>
      expandDynamic(block, evaluator).map(
        (content): Nested => ({
          site: content.site,
          open: (at) => fieldsOfRaw(content.body, at, evaluator),
        }),
      ),
    );
  return new BlockFields(site, {
    names: [
      ...new Set([...Object.keys(body).filter((name) => rawOf(name) !== null), ...dynamic.keys()]),
    ].filter((name) => name !== '//'),
    isNull: (name) => {
      const raw = rawOf(name);
      if (raw === null) return dynamicBlocks(name).flat().length === 0;
      return typeof raw === 'string' && evaluator.evaluate(raw, siteOfStep(site, name)) === null;
    },
    get: (name) => evaluator.evaluate(rawOf(name), siteOfStep(site, name)),
    blocks: (name, blockSite) =>
      inOrder([nestedRaw(rawOf(name), blockSite, evaluator), ...dynamicBlocks(name)], blockSite),
  });
}

/** A nested block, before it is opened at its site. */
interface Nested {
  readonly site: Site;
  open(site: Site): Fields;
}

/** Terraform keeps the order in which static and dynamic blocks are written; the index is the place in that order. */
function inOrder(groups: readonly (readonly Nested[])[], around: Site): readonly Fields[] {
  const written = groups.filter((group) => group.length > 0);
  if (written.length < 2) return written.flat().map(({ site, open }) => open(site));
  const placed = written.flat().map((nested) => ({ ...nested, line: placeOf(nested.site).line }));
  return placed
    .toSorted((one, other) => one.line - other.line)
    .map(({ site, open }, index) => open({ ...site, field: siteOfStep(around, index).field }));
}

function fieldsOfValue(map: ReadonlyMap<string, Value>, site: Site): Fields {
  const get = (name: string) => map.get(name) ?? null;
  return new BlockFields(site, {
    names: [...map.keys()].filter((name) => get(name) !== null),
    isNull: (name) => get(name) === null,
    get,
    blocks: (name, blockSite) => nestedValue(get(name), blockSite).map(({ site: at, open }) => open(at)),
  });
}

class BlockFields implements Fields {
  readonly site: Site;
  readonly #members: Members;
  readonly #names: ReadonlySet<string>;
  readonly #read = new Set<string>();

  constructor(site: Site, members: Members) {
    this.site = site;
    this.#members = members;
    this.#names = new Set(members.names);
  }

  isWritten(name: string): boolean {
    return this.#names.has(name) && !this.#isNull(name);
  }

  siteOf(name: string): Site {
    return siteOfStep(this.site, name);
  }

  value(name: string): Located<Value> | undefined {
    this.#read.add(name);
    if (!this.#names.has(name)) return undefined;
    const value = this.#members.get(name);
    return value === null ? undefined : { value, site: this.siteOf(name) };
  }

  text(name: string): string | undefined {
    return this.#converted(name, 'a string', toText);
  }

  textIfKnown(name: string): string | undefined {
    return toText(this.value(name)?.value ?? null);
  }

  number(name: string): number | undefined {
    return this.#converted(name, 'a number', toNumber);
  }

  boolean(name: string): boolean | undefined {
    return this.#converted(name, 'a bool', toBoolean);
  }

  list(name: string): readonly Located<Value>[] {
    const items = this.#converted(name, 'a list', (value) => (isList(value) ? value : undefined)) ?? [];
    return items.map((value, index) => ({ value, site: siteOfStep(this.siteOf(name), index) }));
  }

  map(name: string): ReadonlyMap<string, Located<Value>> {
    const items = this.#converted(name, 'a map', (value) => (isMap(value) ? value : undefined)) ?? new Map();
    const located = new Map<string, Located<Value>>();
    for (const [key, value] of items) {
      if (value !== null) located.set(key, { value, site: siteOfStep(this.siteOf(name), key) });
    }
    return located;
  }

  blocks(name: string): readonly Fields[] {
    this.#read.add(name);
    return this.#names.has(name) ? this.#members.blocks(name, this.siteOf(name)) : [];
  }

  required<Kind>(name: string, found: Kind | undefined): Kind {
    if (found !== undefined) return found;
    throw invalid(this.siteOf(name), { reason: 'it is missing', nextStep: 'set it' });
  }

  refuseUnread({ inert, off = [] }: KnownFields): void {
    for (const name of this.#names) {
      if (this.#read.has(name) || inert.includes(name) || META_ARGUMENTS.has(name)) continue;
      if (this.#isNull(name)) continue;
      const value = this.#members.get(name);
      if (isEmpty(value) || (value === false && off.includes(name))) continue;
      const reason = 'it may bear on reachability and is not modelled';
      throw unsupported(this.siteOf(name), { reason, nextStep: 'remove it, or report it' });
    }
  }

  /** What cannot be evaluated is written all the same; reading it says why. */
  #isNull(name: string): boolean {
    try {
      return this.#members.isNull(name);
    } catch (error) {
      if (error instanceof TerraformError) return false;
      throw error;
    }
  }

  #converted<Kind>(
    name: string,
    kind: string,
    convert: (value: Value) => Kind | undefined,
  ): Kind | undefined {
    const found = this.value(name);
    return found && convertOr(found, kind, convert);
  }
}

/** Some writers set every attribute that they do not use. */
function isEmpty(value: Value): boolean {
  return value === '' || (isList(value) && value.length === 0);
}

/** The value in the wanted kind, or an error that says what it is instead. */
export function convertOr<Kind>(
  found: Located<Value>,
  kind: string,
  convert: (value: Value) => Kind | undefined,
): Kind {
  if (isSymbolic(found.value)) {
    const nextStep = 'set it to a value that is known before apply';
    throw unresolved(found.site, { reason: reasonOf(found.value), nextStep });
  }
  const result = convert(found.value);
  if (result !== undefined) return result;
  throw invalid(found.site, {
    reason: `it must be ${kind}, it is ${describeKind(found.value)}`,
    nextStep: 'correct it',
  });
}

/** The resource attribute that the value stands for. */
export function referenceOr(found: Located<Value>, what: string): Reference {
  if (isSymbolic(found.value) && found.value.kind === 'reference') return found.value;
  const reason = isSymbolic(found.value) ? reasonOf(found.value) : 'it is not a reference to a resource';
  throw unresolved(found.site, { reason, nextStep: `refer to ${what} of this configuration` });
}

function nestedRaw(raw: JsonValue | undefined, site: Site, evaluator: Evaluator): readonly Nested[] {
  if (raw === undefined || raw === null) return [];
  if (isRawList(raw))
    return raw.flatMap((item, index) => nestedRaw(item, siteOfStep(site, index), evaluator));
  if (typeof raw === 'object') return [{ site, open: (at) => fieldsOfRaw(raw, at, evaluator) }];
  return nestedValue(evaluator.evaluate(raw, site), site);
}

function nestedValue(value: Value, site: Site): readonly Nested[] {
  if (value === null) return [];
  if (isList(value)) return value.flatMap((item, index) => nestedValue(item, siteOfStep(site, index)));
  const map = convertOr({ value, site }, 'a block', (found) => (isMap(found) ? found : undefined));
  return [{ site, open: (at) => fieldsOfValue(map, at) }];
}

function isRawList(raw: JsonValue): raw is readonly JsonValue[] {
  return Array.isArray(raw);
}
