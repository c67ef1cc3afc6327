/**
 * `npm run bench -- <name> [--json FILE]`: measurements, side by side in one run. Nothing here is a test: what it prints
 * depends on the machine, and is worth something only when nothing else runs.
 */
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import type { Bench } from './measure.ts';

const benches: Readonly<Record<string, () => Promise<Bench>>> = {
  vpc: async () => (await import('./vpc/bench.ts')).vpc,
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { json: { type: 'string' } },
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
const rows = await bench((line) => console.log(line));
if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify({ rows }, null, 2)}\n`);
process.exit();
