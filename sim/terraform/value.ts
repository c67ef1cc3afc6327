/**
 * What expressions evaluate to. A value that AWS decides after apply is carried as a symbol: a reference says
 * which resource's attribute it is, an unknown says only why it is not known. Maps are `Map`s, so that no name
 * in a configuration can be taken for a symbol or for a property of Object. A set is an array too, without repetitions and
 * in the order in which Terraform goes through it; `types/terraform-type.ts` knows which arrays are sets, and which
 * arrays and Maps are of one element type.
 */

export interface Reference {
  readonly kind: 'reference';
  /** Of the resource or data source, `aws_vpc.main`. */
  readonly address: string;
  /** `id`, `arn`, `prefix_list_id`, … */
  readonly attribute: string;
}

export interface Unknown {
  readonly kind: 'unknown';
  /** `aws_s3_bucket.models.arn is known only after apply`. */
  readonly reason: string;
}

/**
 * A namespace (`var`, `local`, `each`, `aws_vpc`) or an instance of a resource, data source or module: its members are
 * evaluated when they are asked for.
 */
export interface LazyObject {
  readonly kind: 'object';
  /** `aws_vpc.main["a"]`, `module.api`, `var`. */
  readonly address: string;
  /** What is written there, or a symbol for what only AWS knows. Throws where Terraform would say there is no such member. */
  member(name: string): Value;
  /** Those written, sorted. */
  names(): readonly string[];
  /** No other member exists, so that it may be looped over and merged: the outputs of a module, not a resource. */
  readonly isComplete?: boolean;
}

export type Symbolic = Reference | Unknown;
export type Value =
  | null
  | boolean
  | number
  | string
  | readonly Value[]
  | ReadonlyMap<string, Value>
  | LazyObject
  | Symbolic;

export function isList(value: Value): value is readonly Value[] {
  return Array.isArray(value);
}

export function isMap(value: Value): value is ReadonlyMap<string, Value> {
  return value instanceof Map;
}

export function isSymbolic(value: Value): value is Symbolic {
  return isTagged(value) && value.kind !== 'object';
}

export function isLazyObject(value: Value): value is LazyObject {
  return isTagged(value) && value.kind === 'object';
}

function isTagged(value: Value): value is Symbolic | LazyObject {
  return typeof value === 'object' && value !== null && 'kind' in value;
}

/** Why a symbol is not known. */
export function reasonOf(symbol: Symbolic): string {
  return symbol.kind === 'unknown'
    ? symbol.reason
    : `${symbol.address}.${symbol.attribute} is known only after apply`;
}

/** The first symbol anywhere inside, if there is one. */
export function symbolIn(value: Value): Symbolic | undefined {
  if (isSymbolic(value)) return value;
  if (!isList(value) && !isMap(value)) return undefined;
  for (const item of value.values()) {
    const found = symbolIn(item);
    if (found) return found;
  }
  return undefined;
}

export function unknownBecause(symbol: Symbolic): Unknown {
  return { kind: 'unknown', reason: reasonOf(symbol) };
}

/** In the words of Terraform: `a string`, `a list`, … */
export function describeKind(value: Value): string {
  if (value === null) return 'null';
  if (isSymbolic(value)) return reasonOf(value);
  if (isList(value)) return 'a list';
  if (isLazyObject(value)) return value.address;
  return isMap(value) ? 'an object' : `a ${typeof value === 'boolean' ? 'bool' : typeof value}`;
}

/** Terraform's conversion to string; undefined where it has none. */
export function toText(value: Value): string | undefined {
  if (typeof value === 'string') return value;
  if (typeof value === 'boolean') return String(value);
  return typeof value === 'number' ? formatNumber(value) : undefined;
}

/** Never with an exponent. */
export function formatNumber(value: number): string {
  if (Number.isInteger(value)) return Object.is(value, -0) ? '-0' : BigInt(value).toString();
  const [mantissa = '', exponent] = String(value).split('e-');
  if (exponent === undefined) return mantissa;
  const [sign, digits] = mantissa.startsWith('-') ? ['-', mantissa.slice(1)] : ['', mantissa];
  return `${sign}0.${'0'.repeat(Number(exponent) - 1)}${digits.replace('.', '')}`;
}

/** Terraform's conversion to number; undefined where it has none. */
export function toNumber(value: Value): number | undefined {
  if (typeof value === 'number') return value;
  if (typeof value !== 'string' || !/^[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d{1,3})?$/.test(value))
    return undefined;
  return Number(value);
}

/** Terraform's conversion to bool; undefined where it has none. */
export function toBoolean(value: Value): boolean | undefined {
  if (typeof value === 'boolean') return value;
  if (value === 'true' || value === '1') return true;
  return value === 'false' || value === '0' ? false : undefined;
}
