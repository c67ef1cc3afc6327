/**
 * The key-value part of a GGUF header. Arrays stay bytes until they are asked for (a vocabulary has a
 * quarter of a million strings); a key of another type than the caller expects is an error of the file.
 */

import { GgufCursor, type HeaderSource } from './gguf-cursor.ts';
import { modelFileInvalid, quoted } from './model-file-error.ts';

const typeNames = [
  ...['uint8', 'int8', 'uint16', 'int16', 'uint32', 'int32', 'float32', 'bool', 'string', 'array'],
  ...['uint64', 'int64', 'float64'],
] as const;
type TypeName = (typeof typeNames)[number];

const scalarBytes: Partial<Record<TypeName, number>> = {
  uint8: 1,
  int8: 1,
  uint16: 2,
  int16: 2,
  uint32: 4,
  int32: 4,
  float32: 4,
  bool: 1,
  uint64: 8,
  int64: 8,
  float64: 8,
};

interface ScalarValue {
  readonly type: TypeName;
  readonly value: string | number | boolean;
}
interface ArrayValue {
  readonly type: 'array';
  readonly elementType: TypeName;
  readonly length: number;
  /** Where the elements start. */
  readonly position: number;
}
type Value = ScalarValue | ArrayValue;

const keyBytesMax = 65_535;
const stringBytesMax = 8 * 1024 * 1024;

/** Reads `count` pairs from the cursor on. */
export function parseMetadata(cursor: GgufCursor, count: number): GgufMetadata {
  const values = new Map<string, Value>();
  for (let index = 0; index < count; index++) {
    const key = cursor.string(`key ${index}`, keyBytesMax);
    if (values.has(key)) throw cursor.invalid(`key ${quoted(key)} appears twice`);
    values.set(key, parseValue(cursor, key));
  }
  return new GgufMetadata(cursor.source, values);
}

export class GgufMetadata {
  readonly #source: HeaderSource;
  readonly #values: ReadonlyMap<string, Value>;

  constructor(source: HeaderSource, values: ReadonlyMap<string, Value>) {
    this.#source = source;
    this.#values = values;
  }

  has(key: string): boolean {
    return this.#values.has(key);
  }

  /** Whether there is any key that begins so. */
  hasUnder(prefix: string): boolean {
    return [...this.#values.keys()].some((key) => key.startsWith(prefix));
  }

  string(key: string): string | undefined {
    return this.#scalar(key, 'string');
  }

  number(key: string): number | undefined {
    return this.#scalar(key, 'number');
  }

  boolean(key: string): boolean | undefined {
    return this.#scalar(key, 'boolean');
  }

  strings(key: string): string[] | undefined {
    const array = this.#array(key, 'string');
    if (array === undefined) return undefined;
    const cursor = new GgufCursor(this.#source, array.position);
    return Array.from({ length: array.length }, () => cursor.string(key, stringBytesMax));
  }

  float32s(key: string): Float32Array | undefined {
    const array = this.#array(key, 'float32');
    if (array === undefined) return undefined;
    const { bytes } = this.#source;
    return Float32Array.from({ length: array.length }, (_, i) => bytes.readFloatLE(array.position + 4 * i));
  }

  int32s(key: string): Int32Array | undefined {
    const array = this.#array(key, 'int32');
    if (array === undefined) return undefined;
    const { bytes } = this.#source;
    return Int32Array.from({ length: array.length }, (_, i) => bytes.readInt32LE(array.position + 4 * i));
  }

  booleans(key: string): boolean[] | undefined {
    const array = this.#array(key, 'bool');
    if (array === undefined) return undefined;
    return Array.from({ length: array.length }, (_, i) => this.#source.bytes[array.position + i] !== 0);
  }

  /** The type's name, for a caller that takes more than one. */
  typeOf(key: string): TypeName | undefined {
    return this.#values.get(key)?.type;
  }

  #scalar<Name extends 'string' | 'number' | 'boolean'>(
    key: string,
    wanted: Name,
  ): { string: string; number: number; boolean: boolean }[Name] | undefined;
  #scalar(key: string, wanted: string): string | number | boolean | undefined {
    const found = this.#values.get(key);
    if (found === undefined) return undefined;
    if ('value' in found && typeof found.value === wanted) return found.value;
    throw modelFileInvalid(this.#source.file, `key ${quoted(key)} is ${found.type}, not a ${wanted}`);
  }

  #array(key: string, elementType: TypeName): ArrayValue | undefined {
    const found = this.#values.get(key);
    if (found === undefined) return undefined;
    if ('elementType' in found && found.elementType === elementType) return found;
    const actual = 'elementType' in found ? `an array of ${found.elementType}` : found.type;
    const what = `key ${quoted(key)} is ${actual}, not an array of ${elementType}`;
    throw modelFileInvalid(this.#source.file, what);
  }
}

function parseValue(cursor: GgufCursor, key: string): Value {
  const what = `the value of ${quoted(key)}`;
  const type = parseType(cursor, what);
  if (type === 'string') return { type, value: cursor.string(what, stringBytesMax) };
  if (type === 'array') return parseArray(cursor, what);
  const size = scalarBytes[type] ?? 0;
  cursor.need(size, what);
  const value = readScalar(cursor, type);
  cursor.position += size;
  return { type, value };
}

function parseArray(cursor: GgufCursor, what: string): ArrayValue {
  const elementType = parseType(cursor, what);
  const length = cursor.u64(`the length of ${what}`);
  const position = cursor.position;
  if (elementType === 'array') throw cursor.invalid(`${what} is an array of arrays`);
  if (elementType === 'string') {
    // Every string takes eight bytes at least, so a length that lies soon meets the end of the file.
    for (let index = 0; index < length; index++) cursor.skipString(what, stringBytesMax);
  } else {
    cursor.skip(length * (scalarBytes[elementType] ?? 0), what);
  }
  return { type: 'array', elementType, length, position };
}

function parseType(cursor: GgufCursor, what: string): TypeName {
  const id = cursor.u32(`the type of ${what}`);
  const type = typeNames[id];
  if (type === undefined) throw cursor.invalid(`${what} has the unknown type ${id}`);
  return type;
}

function readScalar(cursor: GgufCursor, type: TypeName): number | boolean {
  const { bytes } = cursor.source;
  const at = cursor.position;
  switch (type) {
    case 'uint8':
      return bytes.readUInt8(at);
    case 'int8':
      return bytes.readInt8(at);
    case 'uint16':
      return bytes.readUInt16LE(at);
    case 'int16':
      return bytes.readInt16LE(at);
    case 'uint32':
      return bytes.readUInt32LE(at);
    case 'int32':
      return bytes.readInt32LE(at);
    case 'float32':
      return bytes.readFloatLE(at);
    case 'bool':
      return bytes.readUInt8(at) !== 0;
    case 'uint64':
      return Number(bytes.readBigUInt64LE(at));
    case 'int64':
      return Number(bytes.readBigInt64LE(at));
    default:
      return bytes.readDoubleLE(at);
  }
}
