/**
 * Everything that owns network interfaces: which there are, where they stand, which groups and addresses they have.
 * What cannot be placed, and what is not known, comes back as such; mistakes are among the problems of the context.
 */

import type { BuildContext } from '../build-context.ts';
import type { UnplacedEndpoint } from '../model.ts';
import { namedCidrs } from '../named-cidrs.ts';
import { compareNaturally } from '../natural-order.ts';
import { planAutoscalingGroups } from './autoscaling-groups.ts';
import { balancerModel } from './balancer-model.ts';
import { planEcsServices } from './ecs-services.ts';
import { planEksNodeGroups } from './eks-node-groups.ts';
import { type ElasticAddresses, elasticAddresses } from './elastic-addresses.ts';
import type { BuiltEndpoints, EndpointContext, EndpointsInput } from './endpoint-input.ts';
import { blocksOf, finishInterfaces } from './finish-interfaces.ts';
import { withAttachedGroups } from './group-attachments.ts';
import { imagineInterfaces } from './imagined-interfaces.ts';
import { planInstances } from './instances.ts';
import { planInterfaceEndpoints } from './interface-endpoints.ts';
import type { InterfacePlan } from './interface-plan.ts';
import { planClassicBalancers, planLoadBalancers } from './load-balancers.ts';
import { planNetworkInterface } from './network-interfaces.ts';
import { planPlainInterfaces } from './read-plain-interfaces.ts';
import { addUnexpanded } from './unexpanded-endpoints.ts';

export function buildEndpoints(build: BuildContext, input: EndpointsInput): BuiltEndpoints {
  const unplaced: UnplacedEndpoint[] = [];
  const context: EndpointContext = {
    ...input,
    context: build,
    subnetOf: new Map(input.subnets.map((subnet) => [subnet.address, subnet])),
    groupOf: new Map(input.securityGroups.groups.map((group) => [group.address, group])),
    unplaced: (endpoint) => unplaced.push(endpoint),
    hasUnplaced: () => unplaced.length > 0,
  };
  addUnexpanded(context);
  const { plans, balancers } = planAll(context);
  const elastic = elasticAddresses(context, plans);
  const { index, ...finished } = finishInterfaces(
    context,
    plans.map((plan) => withElasticCause(plan, elastic)),
    {
      isPublic: ({ endpoint, publicChoice }) => publicChoice.isPublic || elastic.holders.has(endpoint),
      named: [...namedCidrs(build.configuration), ...blocksOf(namedBeside(build, input))],
    },
  );
  return {
    ...finished,
    unplaced: unplaced.sort((left, right) => compareNaturally(left.endpoint, right.endpoint)),
    loadBalancers: balancerModel(context, balancers, index),
    elastic: elastic.holderOf,
    interfacesOf: (address) => {
      const ids = index.ofResource(address);
      return finished.interfaces.filter(({ id, endpoint }) => ids.includes(id) || endpoint === address);
    },
  };
}

function planAll(context: EndpointContext) {
  const { plans: machines, firstInterfaces } = planInstances(context);
  const others = context.context
    .resources('aws_network_interface')
    .filter(({ address }) => !firstInterfaces.has(address))
    .map((open) => planNetworkInterface(context, open))
    .filter((plan) => plan !== undefined);
  const balancers = [...planLoadBalancers(context), ...planClassicBalancers(context)];
  const services = [
    ...planEcsServices(context),
    ...planEksNodeGroups(context),
    ...planInterfaceEndpoints(context),
    ...planPlainInterfaces(context),
  ];
  const plans = [
    ...withAttachedGroups(context, [...machines, ...others]),
    ...planAutoscalingGroups(context),
    ...balancers.flatMap((balancer) => balancer.plans),
    ...services,
  ];
  const isEmpty = plans.length === 0 && !context.hasUnplaced();
  return { plans: isEmpty ? imagineInterfaces(context) : plans, balancers };
}

/** An elastic address that somebody has and nobody knows who. */
function withElasticCause(plan: InterfacePlan, { cause }: ElasticAddresses): InterfacePlan {
  const mayHaveIt = plan.kind === 'instance' || plan.kind === 'network-interface';
  if (cause === undefined || !mayHaveIt || plan.publicChoice.cause !== undefined) return plan;
  return { ...plan, publicChoice: { ...plan.publicChoice, cause } };
}

/** A stand-in that a rule means by its attribute does not move for that. */
function namedBeside({ assigned }: BuildContext, input: EndpointsInput): readonly string[] {
  return namedIn(input).filter((cidr) => !assigned?.publicAddresses.has(cidr.replace(/\/32$/, '')));
}

/** Blocks that a rule or a route singles out, also where the configuration computes them. */
function namedIn({ securityGroups, networkAcls, routeTables }: EndpointsInput): readonly string[] {
  const ofGroups = securityGroups.groups.flatMap(({ ingress, egress }) =>
    [...ingress, ...egress].flatMap(({ peer }) => {
      if (peer.kind === 'cidr') return [peer.cidr];
      return peer.kind === 'prefix-list' ? peer.cidrs : [];
    }),
  );
  const ofAcls = networkAcls.flatMap(({ ingress, egress }) =>
    [...ingress, ...egress].map(({ cidr }) => cidr),
  );
  const ofTables = routeTables.flatMap(({ routes }) => routes.flatMap(({ destinations }) => destinations));
  return [...new Set([...ofGroups, ...ofAcls, ...ofTables])];
}
