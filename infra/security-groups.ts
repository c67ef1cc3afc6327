/**
 * One security group per tier and, for each declared flow, the rule of each side that is ours. Terraform takes
 * away the egress rule that AWS gives a new group, so a tier without a flow of its own can open no connection.
 */
import {
  SecurityGroup,
  type VpcEndpoint,
  VpcSecurityGroupEgressRule,
  VpcSecurityGroupIngressRule,
} from './aws/index.ts';
import type { Declare } from './declare.ts';
import { egressRuleName, type Flow, flows, ingressRuleName, type Tier } from './flows.ts';
import type { Network } from './network.ts';

export type SecurityGroups = Readonly<Record<Tier, SecurityGroup>>;

const purposes: Readonly<Record<Tier, string>> = {
  gateway: 'Gateways: the only machines that the internet reaches.',
  engine: 'Engines: dialled by gateways and workers, dial nobody.',
  worker: 'Workers: dial engines and S3, dialled by nobody.',
};

interface SecurityGroupOptions {
  readonly network: Network;
  readonly name: string;
  readonly s3: VpcEndpoint;
}

export function declareSecurityGroups(declare: Declare, options: SecurityGroupOptions): SecurityGroups {
  const { network, name, s3 } = options;
  const group = (tier: Tier) =>
    declare(SecurityGroup, tier, {
      vpcId: network.vpc.id,
      name: `${name}-${tier}`,
      description: purposes[tier],
      tags: { Name: `${name}-${tier}` },
    });
  const groups = { gateway: group('gateway'), engine: group('engine'), worker: group('worker') };
  for (const flow of flows) declareFlow(declare, flow, { groups, s3 });
  return groups;
}

function declareFlow(
  declare: Declare,
  flow: Flow,
  { groups, s3 }: { groups: SecurityGroups; s3: VpcEndpoint },
): void {
  const { from, to, port, why } = flow;
  const rule = { ipProtocol: 'tcp', fromPort: port, toPort: port, description: why };
  if (from !== 'internet') {
    const name = egressRuleName(flow);
    declare(VpcSecurityGroupEgressRule, name, {
      ...rule,
      securityGroupId: groups[from].id,
      ...(to === 's3' ? { prefixListId: s3.prefixListId } : { referencedSecurityGroupId: groups[to].id }),
      tags: { Name: name },
    });
  }
  if (to !== 's3') {
    const name = ingressRuleName(flow);
    declare(VpcSecurityGroupIngressRule, name, {
      ...rule,
      securityGroupId: groups[to].id,
      ...(from === 'internet' ? { cidrIpv4: '0.0.0.0/0' } : { referencedSecurityGroupId: groups[from].id }),
      tags: { Name: name },
    });
  }
}
