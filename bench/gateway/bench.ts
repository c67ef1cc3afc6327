/**
 * Our gateway, with keys, limits and audit log, beside Portkey's on the same Bun and nginx as the floor, before one upstream that
 * costs nothing. Ours reaches it over plain HTTP; what the engine and a worker add stands in rows of its own.
 */

import { describeRow } from '../inference/compare-rounds.ts';
import { installPeers } from '../install-peers.ts';
import type { Bench } from '../measure.ts';
import { startProgram } from '../program.ts';
import {
  findNginx,
  launchNginx,
  launchOurs,
  launchPortkey,
  oursDirect,
  oursThroughEngine,
} from './contestants.ts';
import { type Contestant, measureCancel, measureRound, warmUp } from './measure-round.ts';
import { readySchema } from './protocol.ts';
import { type GatewayRound, rowsOf, upstream } from './rows.ts';
import { type Launch, startGateway } from './start-gateway.ts';

const defaultRounds = 7;

export const gateway: Bench = async (print, { rounds = defaultRounds }) => {
  installPeers({ folder: 'gateway/peers', what: "Portkey's gateway, some 25 MB," }, print);
  await using owner = new AsyncDisposableStack();
  const start = (path: string, args: readonly string[] = []) =>
    owner.use(startProgram(path, { runtime: process.execPath, args }));
  const portOf = async (program: ReturnType<typeof start>) => readySchema.parse(await program.next()).port;
  const upstreamUrl = `http://127.0.0.1:${await portOf(start('gateway/upstream-program.ts'))}`;
  const enginePort = await portOf(start('rpc/engine-program.ts'));
  await portOf(start('gateway/worker-program.ts', [`${enginePort}`]));
  const open = async (launch: (port: number, folder: string) => Launch) =>
    owner.use(await startGateway(launch));
  const ours = [
    await open((port, folder) => launchOurs(oursDirect(upstreamUrl), port, folder)),
    await open((port, folder) => launchOurs(oursThroughEngine(enginePort), port, folder)),
  ];
  const peers = [await open((port) => launchPortkey(upstreamUrl, port))];
  const nginx = findNginx();
  if (nginx === undefined)
    print('nginx is not there: its rows are left out; apt-get install nginx-light brings it');
  else peers.push(await open(launchNginx(nginx, upstreamUrl)));
  const contestants: readonly Contestant[] = [
    { name: upstream, door: { url: upstreamUrl, headers: {} } },
    ...ours,
    ...peers,
  ];
  print('warming up, which takes a minute');
  await warmUp(contestants);
  const measured: GatewayRound[] = [];
  for (let round = 1; round <= rounds; round += 1) {
    const figures = await measureRound(inTurn(contestants, round));
    const cancelMs = new Map<string, number>();
    // A worker of ours is told by cancellation, not by a connection that closes: tests hold that.
    for (const one of [...ours.slice(0, 1), ...peers])
      cancelMs.set(one.name, await measureCancel(one, upstreamUrl));
    measured.push({ figures, cancelMs });
    print(`round ${round} of ${rounds}`);
  }
  const rows = rowsOf(measured, {
    ours: ours.map(({ name }) => name),
    peers: peers.map(({ name }) => name),
  });
  for (const row of rows) print(describeRow(row));
  return rows;
};

/** Another begins each round. */
function inTurn<T>(all: readonly T[], round: number): readonly T[] {
  const first = round % all.length;
  return [...all.slice(first), ...all.slice(0, first)];
}
