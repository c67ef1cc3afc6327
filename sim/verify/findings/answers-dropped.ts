/**
 * The first packet of a flow is delivered, so somebody means it to work, and the answer is dropped: always, or for some of
 * the ports that clients send from. One finding for each rule, default or route that drops answers.
 */

import { rangesOf, trafficText } from '../../policy/index.ts';
import type { Flow, LayerVerdict } from '../../prove/index.ts';
import type { Place } from '../../vpc/model.ts';
import {
  type Check,
  type CheckContext,
  finding,
  listText,
  lowest,
  type Observation,
  question,
} from '../checks.ts';
import type { ModelIndex } from '../model-index.ts';
import { notFollowed, type Trace, tracesMax } from '../traces.ts';

const DEFAULT_SOURCE_PORT = 40_000;

interface Broken {
  readonly flow: Flow;
  readonly trace: Trace | undefined;
  readonly isFollowed: boolean;
}

export const checkAnswersDropped: Check = (context) => {
  const broken = context.flows
    .filter(({ delivered, verdict }) => delivered.kind === 'always' && isBroken(verdict.kind))
    .map((flow, index): Broken => {
      const isFollowed = index < tracesMax;
      return { flow, trace: isFollowed ? traceOf(context, flow) : undefined, isFollowed };
    });
  const groups = Map.groupBy(broken, ({ flow, trace }) => {
    const denied = trace?.denied;
    return denied === undefined ? flow.to : [denied.layer, denied.direction, denied.address].join('\n');
  });
  const asked = context.flows.flatMap(({ from, to, protocol, ports, delivered, verdict }) =>
    delivered.kind !== 'unknown' && verdict.kind === 'unknown'
      ? [
          question(
            `whether answers come back from ${to} to ${from} on ${trafficText(protocol, ports)}`,
            verdict.causes,
          ),
        ]
      : [],
  );
  return [...[...groups.values()].map((group) => tell(context, group)), ...asked];
};

function isBroken(kind: Flow['verdict']['kind']): boolean {
  return kind === 'never' || kind === 'depends';
}

function traceOf({ traces }: CheckContext, flow: Flow): Trace | undefined {
  return traces.trace({ ...flow, port: lowest(rangesOf(flow)), sourcePort: failingSourcePort(flow) });
}

function failingSourcePort({ verdict }: Flow): number {
  if (verdict.kind !== 'depends') return DEFAULT_SOURCE_PORT;
  const isWorking = (port: number) => verdict.sourcePorts.some(({ from, to }) => from <= port && port <= to);
  const candidates = [
    DEFAULT_SOURCE_PORT,
    1024,
    65_535,
    ...verdict.sourcePorts.flatMap(({ from, to }) => [from - 1, to + 1]),
  ];
  return candidates.find((port) => port >= 1024 && port <= 65_535 && !isWorking(port)) ?? DEFAULT_SOURCE_PORT;
}

function tell({ index }: CheckContext, group: readonly Broken[]): Observation {
  const [first] = group;
  if (first === undefined) throw new TypeError('a group without a member');
  const { flow, trace, isFollowed } = first;
  const denied = trace?.denied;
  const [networkInterface] = index.named(flow.to);
  const flows = group.map((broken) => flowText(broken.flow));
  const place = denied === undefined ? networkInterface?.place : placeOf(index, denied);
  return finding('answer-dropped', {
    address: denied?.address ?? networkInterface?.address ?? flow.to,
    place,
    message: `${whatDrops(denied)} the answers of ${listText(flows, { separator: '; ' })}${isFollowed ? '' : notFollowed}`,
    path: trace?.lines ?? [],
  });
}

/** AWS's own defaults are written nowhere: then the subnet that is left to them is. */
function placeOf(index: ModelIndex, { file, line, at }: LayerVerdict): Place | undefined {
  return file === undefined || line === undefined ? index.subnet(at)?.place : { file, line };
}

function whatDrops(denied: LayerVerdict | undefined): string {
  if (denied === undefined) return 'something on the way back drops';
  const where = denied.at === denied.address ? '' : ` of ${denied.at}`;
  return `${denied.address} (${denied.layer} ${denied.direction}${where}; ${denied.text}) drops`;
}

function flowText({ from, to, protocol, ports, family, verdict }: Flow): string {
  const sources =
    verdict.kind === 'depends'
      ? ` (works from source ports ${verdict.sourcePorts.map((range) => `${range.from}-${range.to}`).join(', ')} only)`
      : '';
  return `${from} → ${to} ${trafficText(protocol, ports)}${family === 6 ? ' (IPv6)' : ''}${sources}`;
}
