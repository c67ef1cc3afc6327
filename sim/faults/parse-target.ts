/** What a person types for a fault's target, read against the network in force; and what a target is about, by name. Pure. */
import type { CompiledFabric } from '../compile/index.ts';
import { DrydockError, isDrydockError } from '../errors.ts';
import type { FaultTarget } from './fault.ts';
import { resolveTarget } from './resolve-target.ts';

/**
 * One name, or two with `/` or `..` between them: `worker-0`, `eu-west-1a`, `engine`, `gateway-0/engine-1`.
 * @param isOneWay what the first sends the second; the way back stays.
 * @throws DrydockError SIM_ENDPOINT_UNKNOWN listing the targets, SIM_INPUT_INVALID
 */
export function parseTarget(
  text: string,
  fabric: CompiledFabric,
  { isOneWay = false }: { readonly isOneWay?: boolean } = {},
): FaultTarget {
  const single = singleTarget(text, fabric);
  if (single !== undefined) {
    if (!isOneWay) return single;
    throw new DrydockError(
      'SIM_INPUT_INVALID',
      `could not break ${text} one way: a way has two ends; name both, as in ${text}/internet`,
    );
  }
  const pair = pairsIn(text).find((names) => names.every((name) => isKnown(name, fabric)));
  if (pair === undefined) throw unknownTarget(text, fabric);
  const [from, to] = pair;
  return isOneWay ? { kind: 'direction', from, to } : { kind: 'link', between: [from, to] };
}

/** Machines, NAT gateways and the internet, by the names that people use. */
export function hitsOf(target: FaultTarget, fabric: CompiledFabric): readonly string[] {
  const resolved = resolveTarget(target, fabric);
  const parties =
    resolved.kind === 'ways' ? resolved.ways.flatMap(({ from, to }) => [from, to]) : resolved.parties;
  const names = parties.map((party) => {
    if (party.kind === 'internet') return 'internet';
    const { namespace } = party.port;
    const port = [...fabric.interfaces, ...fabric.natGateways].find((one) => one.namespace === namespace);
    return port === undefined ? namespace : 'id' in port ? port.id : port.address;
  });
  return [...new Set(names)];
}

/** What may be named, the machines first. */
export function targetsOf(fabric: CompiledFabric): readonly string[] {
  return [
    ...new Set([
      ...fabric.nodes.map(({ id }) => id),
      ...zonesOf(fabric),
      ...fabric.nodes.flatMap(({ program }) => program ?? []),
      ...fabric.natGateways.map(({ address }) => address),
      'internet',
    ]),
  ];
}

function unknownTarget(text: string, fabric: CompiledFabric): DrydockError {
  return new DrydockError(
    'SIM_ENDPOINT_UNKNOWN',
    `could not find ${text}: the network has nothing of that name; there are ${targetsOf(fabric).join(', ')}, and two of them as ONE/OTHER`,
  );
}

/** The names of machines and addresses come first: a machine may be called like a program. */
function singleTarget(name: string, fabric: CompiledFabric): FaultTarget | undefined {
  const candidates: readonly FaultTarget[] = [
    { kind: 'node', node: name },
    { kind: 'availability-zone', availabilityZone: name },
    { kind: 'program', program: name },
  ];
  return candidates.find((target) => resolves(target, fabric));
}

function isKnown(name: string, fabric: CompiledFabric): boolean {
  return resolves({ kind: 'direction', from: name, to: 'internet' }, fabric);
}

function resolves(target: FaultTarget, fabric: CompiledFabric): boolean {
  try {
    resolveTarget(target, fabric);
    return true;
  } catch (error) {
    if (isDrydockError(error) && error.code === 'SIM_ENDPOINT_UNKNOWN') return false;
    throw error;
  }
}

/** At each place where it may be cut: an address can hold either sign, in the key of an instance. */
function pairsIn(text: string): readonly (readonly [string, string])[] {
  return [...text.matchAll(/\.\.|\//g)].map(
    ({ index, 0: sign }) => [text.slice(0, index), text.slice(index + sign.length)] as const,
  );
}

function zonesOf({ interfaces, natGateways }: CompiledFabric): readonly string[] {
  return [...new Set([...interfaces, ...natGateways].map(({ availabilityZone }) => availabilityZone))].sort();
}
