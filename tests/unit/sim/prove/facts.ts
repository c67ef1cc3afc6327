/** A fact about one packet: who sends what to whom in which network, what comes of it, and which rule or route decides. */

import { expect } from 'vitest';
import {
  type Answer,
  endsOf,
  type Family,
  judge,
  partiesOf,
  prepareModel,
  prove,
  type Traffic,
} from '../../../../sim/prove/index.ts';
import type { VpcModel } from '../../../../sim/vpc/model.ts';
import { type Change, openNetwork } from './open-network.ts';

/** yes: answered as well; one-way: delivered, and the answer lost. */
export type Fate = 'yes' | 'one-way' | 'no' | 'unknown' | 'delivered, answer unknown';

export interface Fact {
  readonly says: string;
  readonly changes?: readonly Change[];
  readonly from: string;
  readonly to: string;
  /** `tcp/443`, `udp/53`, `icmp/8/0`, `47`. */
  readonly traffic: string;
  /** Default 40000. */
  readonly sourcePort?: number;
  readonly family?: Family;
  readonly is: Fate;
  /** Address of the first layer that does not allow. */
  readonly by?: string;
  /** What the proof does not list: to services of AWS, and by other names than its own. */
  readonly isBeyondProof?: true;
}

const SOURCE_PORT = 40_000;

export function check(fact: Fact): void {
  const model = openNetwork(...(fact.changes ?? []));
  const family = fact.family ?? 4;
  const [from, to] = [partiesOf(model, fact.from).parties[0], partiesOf(model, fact.to).parties[0]];
  const ends = from && to && endsOf(from, to, family);
  if (ends === undefined) throw new Error(`${fact.from} and ${fact.to} have no addresses of one family`);
  const sourcePort = fact.sourcePort ?? SOURCE_PORT;
  const judged = judge(prepareModel(model), { ...ends, traffic: trafficFrom(fact.traffic, sourcePort) });
  const layers = [...judged.forward, ...judged.back];
  const decider = layers.find(({ verdict }) => verdict !== 'allow');
  expect([fateOf(judged.delivered, judged.answered), decider?.address]).toEqual([fact.is, fact.by]);
  if (fact.isBeyondProof !== true) expect(proven(model, fact, { family, sourcePort })).toBe(fact.is);
}

/** The same from the proof. */
function proven(
  model: VpcModel,
  { from, to, traffic }: Fact,
  { family, sourcePort }: { family: Family; sourcePort: number },
): Fate {
  const [protocol = '', first = '0', second = '0'] = traffic.split('/');
  const { flows, byPublicAddress } = prove(model);
  const named = model.interfaces.find(({ publicAddress }) => publicAddress === to);
  const receiver = named?.endpoint ?? to;
  const rows = (named && from !== 'internet' ? byPublicAddress : flows).filter((flow) => {
    const isPair = flow.from === from && flow.to === receiver && flow.family === family;
    const within = (ranges: readonly { from: number; to: number }[], value: string) =>
      ranges.some((range) => range.from <= Number(value) && Number(value) <= range.to);
    const isPort = flow.ports.length === 0 || within(flow.ports, first);
    const isCode = flow.codes === undefined || within(flow.codes, second);
    return (
      isPair && isPort && isCode && [protocol, /^\d/.test(protocol) ? 'other' : ''].includes(flow.protocol)
    );
  });
  const row = rows.find((one) => one.protocol === protocol) ?? rows[0];
  if (row === undefined) return 'no';
  return fateOf(at(row.delivered, sourcePort), at(row.verdict, sourcePort));
}

function at(answer: Answer, sourcePort: number): string {
  if (answer.kind === 'unknown') return 'unknown';
  if (answer.kind !== 'depends') return answer.kind === 'always' ? 'yes' : 'no';
  return answer.sourcePorts.some(({ from, to }) => from <= sourcePort && sourcePort <= to) ? 'yes' : 'no';
}

function fateOf(delivered: string, answered: string): Fate {
  if (delivered === 'no') return 'no';
  if (delivered === 'unknown') return answered === 'no' ? 'one-way' : 'unknown';
  if (answered === 'unknown') return 'delivered, answer unknown';
  return answered === 'yes' ? 'yes' : 'one-way';
}

function trafficFrom(text: string, sourcePort: number): Traffic {
  const [protocol = '', first, second] = text.split('/');
  if (protocol === 'tcp' || protocol === 'udp') return { protocol, sourcePort, port: Number(first) };
  if (protocol === 'icmp') return { protocol, type: Number(first), code: Number(second) };
  return { protocol: Number(protocol) };
}
