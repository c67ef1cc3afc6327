/**
 * What iii costs: a call and a token through the embedded engine beside the same over a direct HTTP connection, from a
 * caller on Bun to a worker on Node, each in a process of its own on the loopback.
 */
import { compareRounds, describeRow, type InferenceRow } from '../inference/compare-rounds.ts';
import type { Bench } from '../measure.ts';
import { bun, startProgram } from '../program.ts';
import { engineReadySchema, type Round, roundSchema, workerReadySchema } from './protocol.ts';

const defaultRounds = 7;
const direct = 'direct HTTP';

export const rpc: Bench = async (print, { rounds = defaultRounds }) => {
  await using owner = new AsyncDisposableStack();
  const engine = owner.use(startProgram('rpc/engine-program.ts', { runtime: process.execPath }));
  const enginePort = `${engineReadySchema.parse(await engine.next()).port}`;
  const worker = owner.use(
    startProgram('rpc/worker-program.ts', { runtime: process.execPath, args: [enginePort] }),
  );
  const workerPort = `${workerReadySchema.parse(await worker.next()).port}`;
  const caller = owner.use(
    startProgram('rpc/caller-program.ts', { runtime: bun, args: [enginePort, workerPort, `${rounds}`] }),
  );
  const measured: Round[] = [];
  for (let round = 1; round <= rounds; round += 1) {
    measured.push(roundSchema.parse(await caller.next()));
    print(`round ${round} of ${rounds}`);
  }
  const rows = rowsOf(measured);
  for (const row of rows) print(describeRow(row));
  return rows;
};

function rowsOf(rounds: readonly Round[]): readonly InferenceRow[] {
  const column = (name: keyof Round) => rounds.map((round) => round[name]);
  const row = (name: string, unit: string, [ours, peer]: readonly [keyof Round, keyof Round]) =>
    compareRounds({
      name,
      unit,
      runner: null,
      variant: null,
      ours: column(ours),
      peer: { name: direct, values: column(peer) },
    });
  return [
    row('call p50', 'ms', ['iiiCall', 'httpCall']),
    row('32 calls at once', 'calls/s', ['iiiCalls', 'httpCalls']),
    row('token delivery p50', 'ms', ['iiiToken', 'httpToken']),
    compareRounds({
      name: 'added for a token p50',
      unit: 'ms',
      runner: null,
      variant: null,
      ours: rounds.map(({ iiiToken, httpToken }) => iiiToken - httpToken),
    }),
  ];
}
