/** Tells which load balancers run, what their health checks found, and what of them is not simulated. */

import type { BalancerState, NotSimulated } from '../balancers/index.ts';
import type { Report } from './report.ts';

export function reportBalancers(
  report: Report,
  states: readonly BalancerState[],
  notSimulated: readonly NotSimulated[],
): void {
  for (const state of states) report.fact('balancer', factOf(state), balancerText(state));
  for (const { address, text } of notSimulated) {
    report.fact('not-simulated', { address, text }, `  Not simulated: ${address}: ${text}`);
  }
}

function factOf({ process, targets }: BalancerState): Readonly<Record<string, unknown>> {
  const { address, ports, networkInterface, needsCertificate } = process;
  const { endpoint, privateAddress, publicAddress } = networkInterface;
  return {
    ...{ address, endpoint, privateAddress, publicAddress, ports, isSelfSigned: needsCertificate },
    targets: targets.map(({ group, endpoint: target, port, health }) => ({
      ...{ group, endpoint: target, port, isUp: health?.isUp, reason: health?.reason },
    })),
  };
}

export function balancerText({ process, targets }: BalancerState): string {
  const { ports, networkInterface, needsCertificate } = process;
  const { endpoint, privateAddress, publicAddress } = networkInterface;
  const up = targets.filter(({ health }) => health?.isUp === true);
  const down = targets.filter(({ health }) => health?.isUp !== true);
  const tls = needsCertificate ? ', with a self-signed certificate' : '';
  return [
    `  ${endpoint} listens at ${publicAddress ?? privateAddress} on ${ports.join(', ')}${tls}: ${up.length} of ${targets.length} targets up`,
    ...down.map(
      ({ endpoint: target, port, group, health }) =>
        `    down: ${target}:${port} of ${group}: ${health?.reason ?? 'not tried yet'}`,
    ),
  ].join('\n');
}
