/** Sends one packet that must not pass, from the simulated internet, and says which rule's counter it moved. */

import { publicGateway, type StartedDeployment } from '../deployment/index.ts';
import { type MovedCounter, refusals } from '../explain/index.ts';
import type { ProbeOutcome } from '../fabric/index.ts';

export interface RefusedPacket {
  readonly to: string;
  readonly address: string;
  readonly port: number;
  /** What the sender saw: nothing, where the packet was dropped. */
  readonly outcome: ProbeOutcome;
  /** The one rule or default that dropped it; absent when it was not refused. */
  readonly refusedBy?: MovedCounter;
}

const ssh = 22;
const triesMax = 3;

/** Other traffic may be refused at the same moment: a try counts when exactly one counter moved. */
export async function sendRefusedPacket(deployment: StartedDeployment): Promise<RefusedPacket> {
  const { id: to, address } = publicGateway(deployment.plan);
  let outcome: ProbeOutcome | undefined;
  for (let tries = 0; tries < triesMax; tries++) {
    const { result, moved } = await deployment.watchRules(() =>
      deployment.probe('internet', { address, ports: [ssh] }),
    );
    [outcome] = result;
    const [refusedBy, ...others] = refusals(moved);
    if (outcome !== 'silent') break;
    if (refusedBy && others.length === 0) return { to, address, port: ssh, outcome, refusedBy };
  }
  if (outcome === undefined) throw new TypeError('a probe of one port has one outcome');
  return { to, address, port: ssh, outcome };
}
