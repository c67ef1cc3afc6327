/** Machines with identity and addresses, in an order that does not depend on how the configuration is written down. */

import { unsupported } from '../terraform/index.ts';
import { planAutoscalingGroups } from './autoscaling-groups.ts';
import { instancesWithElasticAddress } from './elastic-addresses.ts';
import { planInstances } from './instances.ts';
import { type MachineContext, type MachinePlan, PROGRAM_TAG } from './machine-plan.ts';
import type { Instance } from './model.ts';
import { byAddress, compareNaturally } from './natural-order.ts';
import { assignPrivateAddresses } from './private-addresses.ts';

/** RFC 5737: documentation addresses stand for those that AWS would give. */
const PUBLIC_PREFIX = '198.51.100.';
const PUBLIC_MAX = 254;

export function buildMachines(
  options: MachineContext & { readonly defaultTags: ReadonlyMap<string, string> },
): readonly Instance[] {
  const plans = [...planInstances(options), ...planAutoscalingGroups(options)].sort(byAddress);
  const elastic = instancesWithElasticAddress(options.context);
  const privateAddresses = assignPrivateAddresses(plans);
  const counts = new Map<string, number>();
  const identified = plans.map((plan, index) => ({
    plan,
    id: nextId(plan, counts),
    privateAddress: privateAddresses[index] ?? '',
    isPublic: plan.isPublic || elastic.has(plan.address),
  }));
  identified.sort((left, right) => compareNaturally(left.id, right.id));
  let publicCount = 0;
  return identified.map(({ plan, id, privateAddress, isPublic }): Instance => {
    if (isPublic) publicCount += 1;
    if (publicCount > PUBLIC_MAX) refuseMorePublic(plan);
    return {
      id,
      address: plan.address,
      availabilityZone: plan.subnet.availabilityZone,
      tags: Object.fromEntries(plan.tags),
      ...(plan.userData === undefined ? {} : { userData: plan.userData }),
      networkInterface: {
        id,
        endpoint: id,
        address: plan.address,
        kind: 'instance',
        subnet: plan.subnet.address,
        privateAddress,
        ...(isPublic ? { publicAddress: `${PUBLIC_PREFIX}${publicCount}` } : {}),
        securityGroups: plan.securityGroups,
      },
    };
  });
}

/** `<program or Terraform name>-<n>`, in characters that host names and interface names take. */
function nextId(plan: MachinePlan, counts: Map<string, number>): string {
  const name = plan.tags.get(PROGRAM_TAG) ?? plan.terraformName;
  const base =
    name
      .toLowerCase()
      .replaceAll(/[^a-z0-9]+/g, '-')
      .replaceAll(/^-+|-+$/g, '') || 'machine';
  const count = counts.get(base) ?? 0;
  counts.set(base, count + 1);
  return `${base}-${count}`;
}

function refuseMorePublic(plan: MachinePlan): never {
  const reason = `more than ${PUBLIC_MAX} machines have a public address`;
  throw unsupported(plan.subnet.site, { reason, nextStep: 'simulate fewer of them' });
}
