/**
 * The single place where a permitted flow is declared. Security-group rules and network ACL rules are made
 * from this table; what is not in it is dropped. All flows are TCP over IPv4.
 */
import { ports } from '../src/rpc/contract/ports.ts';

export type Tier = 'gateway' | 'engine' | 'worker';

export interface Flow {
  readonly from: Tier | 'internet';
  readonly to: Tier | 's3';
  readonly port: number;
  /** Becomes the rules' description, so only characters that EC2 accepts there. */
  readonly why: string;
}

export const flows: readonly Flow[] = [
  { from: 'internet', to: 'gateway', port: ports.gateway, why: 'Clients call the API.' },
  {
    from: 'gateway',
    to: 'engine',
    port: ports.engineForGateways,
    why: 'Gateways dial the listener on which workers may be called.',
  },
  {
    from: 'worker',
    to: 'engine',
    port: ports.engineForWorkers,
    why: 'Workers dial the listener on which they register.',
  },
  { from: 'worker', to: 's3', port: 443, why: 'Workers fetch the model through the S3 gateway endpoint.' },
];

/** Where a tier's machines stand. */
export const subnetsOf = {
  gateway: 'public',
  engine: 'private',
  worker: 'private',
} as const satisfies Record<Tier, 'public' | 'private'>;

/** Terraform name of the rule by which the sender may send. */
export function egressRuleName({ from, to, port }: Flow): string {
  return `${from}_to_${to}_${port}`;
}

/** Terraform name of the rule by which the receiver may receive. */
export function ingressRuleName({ from, to, port }: Flow): string {
  return `${to}_from_${from}_${port}`;
}
