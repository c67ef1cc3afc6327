/**
 * `npm run bench -- <name> [--json FILE]`: measurements, side by side in one run. Nothing here is a test: what it prints
 * depends on the machine, and is worth something only when nothing else runs.
 */
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import type { Bench } from './measure.ts';

const benches: Readonly<Record<string, () => Promise<Bench>>> = {
  vpc: async () => (await import('./vpc/bench.ts')).vpc,
  inference: async () => (await import('./inference/bench.ts')).inference,
  rpc: async () => (await import('./rpc/bench.ts')).rpc,
  gateway: async () => (await import('./gateway/bench.ts')).gateway,
  accuracy: async () => (await import('./inference/accuracy.ts')).accuracy,
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    json: { type: 'string' },
    rounds: { type: 'string' },
    model: { type: 'string' },
    threads: { type: 'string' },
    variants: { type: 'string' },
  },
});
const [name = ''] = positionals;
const load = Object.hasOwn(benches, name) ? benches[name] : undefined;
if (load === undefined) {
  console.error(
    `could not find the bench "${name}": there is ${Object.keys(benches).join(', ')}; run npm run bench -- vpc`,
  );
  process.exit(2);
}
const bench = await load();
const rows = await bench((line) => console.log(line), {
  ...(values.rounds === undefined ? {} : { rounds: count('rounds', values.rounds) }),
  ...(values.threads === undefined ? {} : { threads: count('threads', values.threads) }),
  ...(values.model === undefined ? {} : { model: values.model }),
  ...(values.variants === undefined
    ? {}
    : { variants: values.variants.split(',').map((variant) => variant.trim()) }),
});
if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify({ rows }, null, 2)}\n`);
process.exit();

function count(option: string, text: string): number {
  if (/^[1-9]\d{0,3}$/.test(text)) return Number(text);
  console.error(`could not read --${option} ${text}: it is no whole number from 1 to 9999; give one`);
  process.exit(2);
}
