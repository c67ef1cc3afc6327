import { expect, it } from 'vitest';
import type { Figures } from '../../../../bench/gateway/measure-round.ts';
import { type GatewayRound, rowsOf, upstream } from '../../../../bench/gateway/rows.ts';

function figures(scale: number, cpu?: number): Figures {
  return { jsonMs: scale, firstByteMs: 2 * scale, streamMs: 3 * scale, jsonCpu: cpu, streamCpu: cpu };
}

function round(ours: number, peer: number, cancelMs: readonly (readonly [string, number])[]): GatewayRound {
  return {
    figures: new Map([
      [upstream, figures(1)],
      ['ours', figures(ours, 10 * ours)],
      ['theirs', figures(peer, 10 * peer)],
    ]),
    cancelMs: new Map(cancelMs),
  };
}

const sides = { ours: ['ours'], peers: ['theirs'] };
const seen = [
  ['ours', 5],
  ['theirs', 1000],
] as const;
const rounds = [round(2, 3, seen), round(3, 5, seen), round(4, 5, seen)];

it('has a row for each measurement, with the medians of both and the ratios of rounds', () => {
  const rows = rowsOf(rounds, sides);
  expect(rows.map(({ name, unit, ours, peer }) => [name, unit, ours, peer])).toEqual([
    ['added p50', 'ms', 2, 4],
    ['cpu per request', 'µs', 30, 50],
    ['first streamed byte', 'ms', 4, 8],
    ['whole stream', 'ms', 6, 12],
    ['cpu per stream', 'µs', 30, 50],
    ['cancel', 'ms', 5, 1000],
  ]);
  expect(rows[0]).toMatchObject({ runner: 'bun', variant: 'ours', peerName: 'theirs' });
  // Of each round less the upstream's own: 1 of 2, 2 of 4, 3 of 4.
  expect(rows[0]?.ratio).toMatchObject({ min: 0.5, median: 0.5, max: 0.75 });
});

it('has a row of each of ours beside each peer', () => {
  const rows = rowsOf(rounds, { ours: ['ours', 'theirs'], peers: ['theirs', 'ours'] });
  const pairs = rows.filter(({ name }) => name === 'added p50').map((row) => [row.variant, row.peerName]);
  expect(pairs).toEqual([
    ['ours', 'theirs'],
    ['ours', 'ours'],
    ['theirs', 'theirs'],
    ['theirs', 'ours'],
  ]);
});

it.each([
  ['one that was not measured in every round', [round(2, 3, seen), round(2, 3, [['ours', 5]])], 'cancel'],
  ['the upstream, whose processor time nobody asks for', rounds, 'cpu per request'],
])('leaves out %s', (_, given, name) => {
  const peers = name === 'cancel' ? ['theirs'] : [upstream];
  const names = rowsOf(given, { ours: ['ours'], peers }).map((row) => row.name);
  expect(names).not.toContain(name);
  expect(names).toContain('added p50');
});
