/** Traces by the prover's own judgement of one packet. Names of groups stand for their first member. Pure. */

import { isDrydockError } from '../errors.ts';
import type { LayerVerdict, Traffic } from '../prove/index.ts';
import {
  endsOf,
  judge,
  type NamedParty,
  type PreparedModel,
  partiesOf,
  prepareModel,
} from '../prove/index.ts';
import type { VpcModel } from '../vpc/model.ts';
import type { Trace, TraceRequest, Traces } from './traces.ts';

const CLIENT_PORT = 40_000;

export function judgedTraces(model: VpcModel): Traces {
  const prepared = prepareModel(model);
  const other = unnamedProtocol(model);
  return {
    trace(request) {
      const [froms, tos] = [named(prepared, request.from), named(prepared, request.to)];
      for (const from of froms) {
        const to = tos.find(
          ({ name, publicAddress }) =>
            name !== from.name && (request.isByPublicAddress !== true || publicAddress !== undefined),
        );
        const target = to && request.isByPublicAddress ? { ...to, isByPublicAddress: true as const } : to;
        const ends = target && endsOf(from, target, request.family);
        if (ends === undefined) continue;
        const { forward, back } = judge(prepared, { ...ends, traffic: trafficOf(request, other) });
        return traceOf(request, forward, back);
      }
      return undefined;
    },
  };
}

/** A policy may name ranges that no packet of this model comes from. */
function named(prepared: PreparedModel, name: string): readonly NamedParty[] {
  try {
    return partiesOf(prepared, name).parties;
  } catch (error) {
    if (isDrydockError(error) && error.code === 'SIM_ENDPOINT_UNKNOWN') return [];
    throw error;
  }
}

function trafficOf({ protocol, port, sourcePort = CLIENT_PORT }: TraceRequest, other: number): Traffic {
  if (protocol === 'tcp' || protocol === 'udp') return { protocol, sourcePort, port };
  if (protocol === 'icmp') return { protocol, type: port, code: 0 };
  return { protocol: protocol === 'other' ? other : Number(protocol) };
}

/** One that no rule names: RFC 3692 keeps 253 and 254 for experiments. */
function unnamedProtocol({ securityGroups, networkAcls }: VpcModel): number {
  const rules = [...securityGroups, ...networkAcls].flatMap(({ ingress, egress }) => [...ingress, ...egress]);
  const named = new Set(rules.map(({ protocol }) => protocol));
  return Array.from({ length: 254 }, (_, index) => 254 - index).find((number) => !named.has(number)) ?? 254;
}

function traceOf(
  request: TraceRequest,
  forward: readonly LayerVerdict[],
  back: readonly LayerVerdict[],
): Trace {
  const denied = [...forward, ...back].find(({ verdict }) => verdict === 'deny');
  const admitted = forward.findLast(
    ({ layer, verdict }) => layer === 'security-group' && verdict === 'allow',
  );
  const { from, to } = request;
  return {
    lines: [
      ...(forward.length === 0 ? [] : [`${from} → ${to}`]),
      ...forward.map(lineOf),
      ...(back.length === 0 ? [] : [`${to} → ${from}, the answer`, ...back.map(lineOf)]),
    ],
    ...(denied !== undefined && { denied }),
    ...(admitted !== undefined && { admitted }),
  };
}

const MARKS = { allow: 'passes', deny: 'DROPPED by', unknown: 'unknown at' } as const;

function lineOf({ layer, direction, at, verdict, address, file, line, text }: LayerVerdict): string {
  const where = at === address ? '' : ` of ${at}`;
  const place = file === undefined || line === undefined ? '' : ` (${file}:${line})`;
  return `${MARKS[verdict]} ${layer} ${direction}${where}: ${address}${place}: ${text}`;
}
