/**
 * Which interfaces have an elastic address: by the address itself, by an association, by a load balancer's mapping or
 * by a NAT gateway. Which address it is bears on nothing; that none is given twice is checked.
 */

import { invalid, isSymbolic, type Site } from '../../terraform/index.ts';
import { type OpenBlock, type ReferenceTargets, referenceIn } from '../build-context.ts';
import type { UnknownCause } from '../model.ts';
import type { EndpointContext } from './endpoint-input.ts';
import type { InterfacePlan } from './interface-plan.ts';
import { LOAD_BALANCER_TYPES } from './load-balancers.ts';
import { find, findBlocks, findUnread } from './partly-known.ts';
import { subnetAt } from './placement.ts';

const INSTANCE: ReferenceTargets = { what: 'an aws_instance', attributes: { aws_instance: ['id'] } };
export const INTERFACE: ReferenceTargets = {
  what: "an aws_instance's primary_network_interface_id",
  attributes: { aws_instance: ['primary_network_interface_id'], aws_network_interface: ['id'] },
};
const ALLOCATION: ReferenceTargets = {
  what: 'an aws_eip',
  attributes: { aws_eip: ['id', 'allocation_id', 'public_ip'] },
};
const INERT = [
  'address',
  'allow_reassociation',
  'associate_with_private_ip',
  'customer_owned_ipv4_pool',
  'domain',
  'instance',
  'ipam_pool_id',
  'network_border_group',
  'network_interface',
  'private_ip_address',
  'public_ip',
  'public_ipv4_pool',
  'region',
  'tags',
  'tags_all',
];

export interface ElasticAddresses {
  /** Endpoints that have one. */
  readonly holders: ReadonlySet<string>;
  /** Of which it is known which: by the address of the `aws_eip`. */
  readonly holderOf: ReadonlyMap<string, string>;
  /** Why any machine or interface may have one. */
  readonly cause?: UnknownCause;
}

interface Association {
  /** Of the `aws_eip`; absent where it is not known which. */
  readonly elastic?: string | undefined;
  /** What has it: an endpoint, or a NAT gateway. */
  readonly holder: string;
  readonly site: Site;
}

export function elasticAddresses(
  context: EndpointContext,
  plans: readonly InterfacePlan[],
): ElasticAddresses {
  const endpoints = new Map(
    plans.flatMap(({ endpoint, holders }) => holders.map((holder) => [holder, endpoint] as const)),
  );
  const causes = ['aws_eip', 'aws_eip_association'].flatMap(context.context.unexpanded);
  const found = [
    ...ofMachines(context, { endpoints, causes }),
    ...ofBalancers(context, plans),
    ...context.natGateways.flatMap(({ address, elasticAddress }) =>
      elasticAddress === undefined
        ? []
        : [{ elastic: elasticAddress.address, holder: address, site: elasticAddress.site }],
    ),
  ];
  refuseTwice(context, found);
  const [cause] = causes;
  const holderOf = new Map(
    found.flatMap(({ elastic, holder }) => (elastic === undefined ? [] : [[elastic, holder] as const])),
  );
  return { holders: new Set(found.map(({ holder }) => holder)), holderOf, ...(cause && { cause }) };
}

function ofMachines(
  context: EndpointContext,
  { endpoints, causes }: { readonly endpoints: ReadonlyMap<string, string>; readonly causes: UnknownCause[] },
): readonly Association[] {
  const found: Association[] = [];
  const associate = (
    open: OpenBlock,
    elastic: string | undefined,
    names: { instance: string; card: string },
  ) => {
    const { context: build } = context;
    const holder = find(
      build,
      () =>
        referenceIn(build, open.fields, { name: names.instance, targets: INSTANCE }) ??
        referenceIn(build, open.fields, { name: names.card, targets: INTERFACE }),
    );
    const { address, block, fields } = open;
    if (holder.cause) {
      causes.push(holder.cause);
      build.note({ ...holder.cause, type: block.type, touches: `who has the address of ${address}` });
    }
    findUnread(build, { address, type: block.type, fields }, { inert: INERT });
    const endpoint = holder.value && (endpoints.get(holder.value.address) ?? holder.value.address);
    if (endpoint !== undefined) found.push({ elastic, holder: endpoint, site: fields.site });
    return holder;
  };
  for (const open of context.context.resources('aws_eip')) {
    associate(open, open.address, { instance: 'instance', card: 'network_interface' });
  }
  for (const open of context.context.resources('aws_eip_association')) {
    const names = { instance: 'instance_id', card: 'network_interface_id' };
    const holder = associate(open, allocationOf(context, open), names);
    if (holder.cause ?? holder.value) continue;
    const problem = { reason: 'it is missing', nextStep: 'set it' };
    context.context.problems.add(invalid(open.fields.siteOf('instance_id'), problem));
  }
  return found;
}

/** An address that is not of this configuration is an address all the same. */
function allocationOf({ context }: EndpointContext, { fields }: OpenBlock): string | undefined {
  return find(context, () => {
    const found = fields.required(
      'allocation_id',
      fields.value('allocation_id') ?? fields.value('public_ip'),
    );
    if (!isSymbolic(found.value)) return undefined;
    return context.refer(found, ALLOCATION).address;
  }).value;
}

/** They have public addresses anyhow, so only what is given twice matters. */
function ofBalancers(context: EndpointContext, plans: readonly InterfacePlan[]): readonly Association[] {
  const { context: build } = context;
  return LOAD_BALANCER_TYPES.flatMap((type) => build.resources(type)).flatMap(({ address, fields }) =>
    findBlocks(build, fields, 'subnet_mapping').known.flatMap((mapping) => {
      const name = { name: 'allocation_id', targets: ALLOCATION };
      const elastic = find(build, () => referenceIn(build, mapping, name)).value?.address;
      const written = find(build, () => mapping.value('subnet_id')).value;
      const subnet = written && find(build, () => subnetAt(context, written)).value;
      const plan = plans.find((one) => one.address === address && one.subnet === subnet);
      if (elastic === undefined || plan === undefined) return [];
      return [{ elastic, holder: plan.endpoint, site: mapping.siteOf('allocation_id') }];
    }),
  );
}

function refuseTwice(context: EndpointContext, found: readonly Association[]): void {
  const byElastic = new Map<string, string>();
  const byHolder = new Map<string, string>();
  for (const { elastic = 'another address', holder, site } of found) {
    const [holderBefore, elasticBefore] = [byElastic.get(elastic), byHolder.get(holder)];
    if (elastic !== 'another address') byElastic.set(elastic, holder);
    byHolder.set(holder, elastic);
    if (holderBefore === undefined && elasticBefore === undefined) continue;
    const reason =
      holderBefore === undefined
        ? `${holder} has ${elasticBefore} already`
        : `${holderBefore} has ${elastic} already`;
    const problem = { reason, nextStep: 'give one address to one instance' };
    context.context.problems.add(invalid(site, problem));
  }
}
