/** The list of attributes in docs/gateway-operation.md is that of the code. */

import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

const root = new URL('../../../../', import.meta.url);
const read = (path: string) => readFileSync(new URL(path, root), 'utf8');
const attribute = /['`]((?:http|gen_ai|drydock|error)\.[a-z_.]+)['`]/g;
const namesIn = (text: string) => [...new Set([...text.matchAll(attribute)].map(([, name]) => name))].sort();

const rows = read('docs/gateway-operation.md').split('\n');
const rowOf = (start: string) => rows.find((row) => row.startsWith(start)) ?? '';

it.each([
  ['| a request |', 'src/gateway/telemetry/trace-requests.ts'],
  ["| a gateway's `generate` |", 'src/gateway/telemetry/traced-inference.ts'],
  ["| a worker's `generate` |", 'src/rpc/tracing/traced-handler.ts'],
  ['| span |', 'src/rpc/tracing/otlp-json.ts'],
])('describes with %s what is in %s', (start, path) => {
  const names = namesIn(read(path));
  expect(names.length).toBeGreaterThan(0);
  expect(namesIn(rowOf(start))).toEqual(names);
});
