/**
 * Every probe that shows whether proof and packets agree: each pair of parties, by TCP and UDP at every port boundary,
 * from every source port that a stateless rule tells apart, and one ICMP echo. What is not probed is told, with a number.
 */

import type { Family, Packet, Party, Traffic } from '../prove/index.ts';
import type { NetworkInterface, VpcModel } from '../vpc/model.ts';
import { type CollapsedClass, collapseInterfaces } from './collapse-interfaces.ts';
import { countProbes } from './count-probes.ts';
import { isPair, partiesOf } from './parties.ts';
import { boundaryPorts, destinationAtoms, sourceAtoms } from './port-atoms.ts';

export type ProbedProtocol = 'tcp' | 'udp' | 'icmp';

export interface PlannedProbe {
  readonly family: Family;
  readonly protocol: ProbedProtocol;
  readonly packet: Packet;
}

export interface NotProbed {
  readonly what: string;
  readonly reason: string;
  /** How many probes it would have been; absent where probes cannot count it. */
  readonly probes?: number;
}

export interface ProbePlan {
  readonly probes: readonly PlannedProbe[];
  readonly collapsed: readonly CollapsedClass[];
  readonly notProbed: readonly NotProbed[];
  /** Whom the probes are between; the count is held against these. */
  readonly interfaces: readonly NetworkInterface[];
}

export interface PlanProbesOptions {
  /** Above this many probes, interfaces that nothing tells apart are collapsed into classes. Default 20,000. */
  readonly collapseAbove?: number;
  /** Above this many after that, an even choice among them is sent and the rest told. Default 100,000. */
  readonly probesMax?: number;
}

const COLLAPSE_ABOVE = 20_000;
const PROBES_MAX = 100_000;

export function planProbes(model: VpcModel, options: PlanProbesOptions = {}): ProbePlan {
  const { collapseAbove = COLLAPSE_ABOVE, probesMax = PROBES_MAX } = options;
  const isTooMany = countProbes(model).total > collapseAbove;
  const { kept, collapsed } = isTooMany
    ? collapseInterfaces(model)
    : { kept: model.interfaces, collapsed: [] };
  const products = productsOf(model, kept);
  const probes = evenChoice(products, probesMax);
  const leftOut = sizeOf(products) - probes.length;
  return { probes, collapsed, notProbed: notProbed(model, leftOut), interfaces: kept };
}

/** Every pair by every traffic. Written out only as far as it is sent: of many machines it has many millions. */
interface Product {
  readonly family: Family;
  readonly pairs: readonly (readonly [Party, Party])[];
  readonly traffics: readonly ProbedTraffic[];
}

type ProbedTraffic = Extract<Traffic, { readonly protocol: ProbedProtocol }>;

function productsOf(model: VpcModel, interfaces: readonly NetworkInterface[]): readonly Product[] {
  const ported = (['tcp', 'udp'] as const).flatMap((protocol) => {
    const from = boundaryPorts(sourceAtoms(model, protocol));
    const to = boundaryPorts(destinationAtoms(model, protocol));
    return to.flatMap((port) => from.map((sourcePort) => ({ protocol, sourcePort, port })));
  });
  return ([4, 6] as const).flatMap((family): readonly Product[] => {
    const { sources, destinations } = partiesOf(model, { interfaces, family });
    const pairs = sources.flatMap((source) =>
      destinations
        .filter((destination) => isPair(source, destination))
        .map((destination) => [source, destination] as const),
    );
    const echo = { protocol: 'icmp', type: family === 4 ? 8 : 128, code: 0 } as const;
    return [
      { family, pairs, traffics: ported },
      { family, pairs, traffics: [echo] },
    ];
  });
}

function sizeOf(products: readonly Product[]): number {
  return products.reduce((sum, { pairs, traffics }) => sum + pairs.length * traffics.length, 0);
}

/** As many as allowed, spread evenly over pairs and ports. Echoes are few, and would be lost among the others. */
function evenChoice(products: readonly Product[], probesMax: number): readonly PlannedProbe[] {
  if (sizeOf(products) <= probesMax) return evenly(products, probesMax);
  const isEcho = ({ traffics }: Product) => traffics[0]?.protocol === 'icmp';
  const echoes = evenly(products.filter(isEcho), Math.floor(probesMax / 4));
  const others = products.filter((product) => !isEcho(product));
  return [...evenly(others, probesMax - echoes.length), ...echoes];
}

/** A step of fractions falls out of step with the products inside, where a whole number might hit one port only. */
function evenly(products: readonly Product[], countMax: number): readonly PlannedProbe[] {
  const size = sizeOf(products);
  const count = Math.min(size, countMax);
  return Array.from({ length: count }, (_, index) => probeAt(products, Math.floor((index * size) / count)));
}

function probeAt(products: readonly Product[], index: number): PlannedProbe {
  let left = index;
  for (const { family, pairs, traffics } of products) {
    const [source, destination] = pairs[Math.floor(left / traffics.length)] ?? [];
    const traffic = traffics[left % traffics.length];
    if (source !== undefined && destination !== undefined && traffic !== undefined) {
      return { family, protocol: traffic.protocol, packet: { source, destination, traffic } };
    }
    left -= pairs.length * traffics.length;
  }
  throw new TypeError(`the plan has no probe number ${index}`);
}

function notProbed(model: VpcModel, leftOut: number): readonly NotProbed[] {
  const unplaced = model.unplaced.map(({ endpoint, cause }) => ({
    what: endpoint,
    reason: `its subnet is not known: ${cause.reason}`,
  }));
  const beyond =
    leftOut > 0
      ? [{ what: 'an even share of the product', reason: 'more than probesMax', probes: leftOut }]
      : [];
  return [...unplaced, ...beyond];
}
