/** Defects of placing interfaces: they are not where, or do not carry what, the configuration says. */
import type { Mutant } from './mutant.ts';

const proof = (witness: string) => ({ witness, on: 'proof' }) as const;

const defects: readonly Omit<Mutant, 'part'>[] = [
  {
    id: 'no-group-is-no-filter',
    breaks: 'An interface without a group gets the default group of its VPC.',
    file: 'sim/vpc/endpoints/placement.ts',
    find: "whenNone === 'default' ? [defaultGroup(context, vpc)] : []",
    replace: "whenNone === 'default' ? [] : []",
    caughtBy: proof('security-group-default'),
  },
  {
    id: 'members-in-one-subnet',
    breaks: 'Machines of an auto-scaling group are spread over its subnets.',
    file: 'sim/vpc/endpoints/autoscaling-groups.ts',
    find: 'subnets.known[index % subnets.known.length]',
    replace: 'subnets.known[0 % subnets.known.length]',
    caughtBy: proof('autoscaling-members'),
  },
  {
    id: 'balancer-gets-default-group',
    breaks: 'A Network Load Balancer without groups is filtered by none.',
    file: 'sim/vpc/endpoints/load-balancers.ts',
    find: "'unfiltered'",
    replace: "'default'",
    caughtBy: proof('load-balancer-without-groups'),
  },
  {
    id: 'balancer-always-internal',
    breaks: 'A load balancer that is not internal has public addresses.',
    file: 'sim/vpc/endpoints/load-balancers.ts',
    find: 'if (internal.value === true || family.value',
    replace: 'if (internal.value !== undefined || family.value',
    caughtBy: proof('load-balancer'),
  },
  {
    id: 'endpoint-without-its-groups',
    breaks: 'An interface endpoint carries the groups that it names.',
    file: 'sim/vpc/endpoints/interface-endpoints.ts',
    find: "const own = groupsListed(context, () => fields.list('security_group_ids'));",
    replace: "const own = groupsListed(context, () => fields.list('security_group_ids').slice(0, 0));",
    caughtBy: proof('interface-endpoint'),
  },
  {
    id: 'database-unfiltered',
    breaks: 'A database is judged by its security groups.',
    file: 'sim/vpc/endpoints/placement.ts',
    find: 'return { securityGroups: [...new Set(addresses)], ...withCause(listed.cause) };',
    replace:
      "return { securityGroups: owner === 'its subnet' ? [] : [...new Set(addresses)], ...withCause(listed.cause) };",
    caughtBy: proof('database'),
  },
  {
    id: 'imagined-with-default-group',
    breaks: 'An imagined interface carries the group that it is named for.',
    file: 'sim/vpc/endpoints/imagined-interfaces.ts',
    find: '    securityGroups: [group],',
    replace: `    securityGroups: [group].map((one) => \`\${subnet.vpc}.\${one === '' ? '' : 'default_security_group'}\`),`,
    caughtBy: proof('imagined-interfaces'),
  },
];

export const ENDPOINT_MUTANTS: readonly Mutant[] = defects.map((defect) => ({ ...defect, part: 'reader' }));
