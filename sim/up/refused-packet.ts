/** Sends one packet that must not pass, from the simulated internet, and says which rule's counter it moved. */
import { publicGateway, type StartedDeployment } from '../deployment/index.ts';
import { type MovedCounter, refusals } from '../explain/index.ts';

export interface RefusedPacket {
  readonly to: string;
  readonly address: string;
  readonly port: number;
  /** What the sender saw: nothing, where the packet was dropped. */
  readonly outcome: string;
  /** The one rule or default that dropped it; absent when it was not refused. */
  readonly refusedBy?: MovedCounter;
}

const ssh = 22;

export async function sendRefusedPacket(deployment: StartedDeployment): Promise<RefusedPacket> {
  const { id, address } = publicGateway(deployment.plan);
  const { result, moved } = await deployment.watchRules(() =>
    deployment.probe('internet', { address, ports: [ssh] }),
  );
  const outcome = result[0] ?? 'silent';
  const [refusedBy] = refusals(moved);
  const isRefused = outcome === 'silent' && refusedBy !== undefined;
  return { to: id, address, port: ssh, outcome, ...(isRefused && { refusedBy }) };
}
