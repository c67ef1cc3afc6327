/** Keeps secrets out of what is logged. No line of ours has such fields; should one get them by mistake, their values stay out. Pure. */

const secretFields: ReadonlySet<string> = new Set([
  'authorization',
  'apiKey',
  'key',
  'token',
  'prompt',
  'messages',
  'content',
  'body',
  'headers',
]);

const censored = '[redacted]';
/** Fields of a line, and of what stands in them. */
const depthMax = 2;

/** @returns the fields themselves where there is nothing to keep out. */
export function withoutSecrets(fields: Record<string, unknown>, depth = 1): Record<string, unknown> {
  let clean = fields;
  for (const name of Object.keys(fields)) {
    const value = fields[name];
    const cleanValue = secretFields.has(name)
      ? censored
      : depth < depthMax && isObject(value)
        ? withoutSecrets(value, depth + 1)
        : value;
    if (cleanValue === value) continue;
    if (clean === fields) clean = { ...fields };
    clean[name] = cleanValue;
  }
  return clean;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
