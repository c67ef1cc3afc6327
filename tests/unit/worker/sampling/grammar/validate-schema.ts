/** JSON Schema as tests understand it: written apart from the compiler, over values instead of texts. */

type SchemaObject = Readonly<Record<string, unknown>>;

export function isValid(schema: unknown, value: unknown, root: unknown = schema): boolean {
  if (typeof schema === 'boolean') return schema;
  const it = schema as SchemaObject;
  if (typeof it.$ref === 'string') return isValid(pointTo(root, it.$ref), value, root);
  if (Array.isArray(it.anyOf) && !it.anyOf.some((member) => isValid(member, value, root))) return false;
  if (Array.isArray(it.enum) && !it.enum.some((one) => JSON.stringify(one) === JSON.stringify(value)))
    return false;
  if (it.const !== undefined && JSON.stringify(it.const) !== JSON.stringify(value)) return false;
  const types = it.type === undefined ? undefined : [it.type].flat();
  if (types !== undefined && !types.some((type) => isOfType(type, value))) return false;
  if (typeof value === 'string') return isValidText(it, value);
  if (typeof value === 'number') return isValidNumber(it, value);
  if (Array.isArray(value)) return isValidArray(it, value, root);
  return typeof value !== 'object' || value === null || isValidObject(it, value as SchemaObject, root);
}

function pointTo(root: unknown, pointer: string): unknown {
  return pointer
    .split('/')
    .slice(1)
    .reduce((found, key) => (found as SchemaObject)[key], root);
}

function isOfType(type: unknown, value: unknown): boolean {
  if (value === null) return type === 'null';
  if (Array.isArray(value)) return type === 'array';
  if (typeof value === 'number') return type === 'number' || (type === 'integer' && Number.isInteger(value));
  return typeof value === type;
}

function isValidText(it: SchemaObject, value: string): boolean {
  const length = [...value].length;
  if (typeof it.minLength === 'number' && length < it.minLength) return false;
  if (typeof it.maxLength === 'number' && length > it.maxLength) return false;
  return typeof it.pattern !== 'string' || new RegExp(it.pattern, 'u').test(value);
}

function isValidNumber(it: SchemaObject, value: number): boolean {
  if (typeof it.minimum === 'number' && value < it.minimum) return false;
  if (typeof it.maximum === 'number' && value > it.maximum) return false;
  if (typeof it.exclusiveMinimum === 'number' && value <= it.exclusiveMinimum) return false;
  return !(typeof it.exclusiveMaximum === 'number' && value >= it.exclusiveMaximum);
}

function isValidArray(it: SchemaObject, value: readonly unknown[], root: unknown): boolean {
  if (typeof it.minItems === 'number' && value.length < it.minItems) return false;
  if (typeof it.maxItems === 'number' && value.length > it.maxItems) return false;
  return it.items === undefined || value.every((item) => isValid(it.items, item, root));
}

function isValidObject(it: SchemaObject, value: SchemaObject, root: unknown): boolean {
  const properties = (it.properties ?? {}) as SchemaObject;
  const required = (it.required ?? []) as readonly string[];
  if (!required.every((name) => Object.hasOwn(value, name))) return false;
  return Object.entries(value).every(([name, child]) => {
    const schema = Object.hasOwn(properties, name) ? properties[name] : (it.additionalProperties ?? true);
    return isValid(schema, child, root);
  });
}
