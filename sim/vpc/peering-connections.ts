/**
 * Peering between VPCs of the configuration. One whose other end is not in it, or of which an end is not known, is not
 * modelled: what is routed to it is unknown. One that nobody accepts carries nothing.
 */

import { type Fields, invalid, placeOf, type Site, unsupported } from '../terraform/index.ts';
import {
  type BuildContext,
  type OpenBlock,
  type ReferenceTargets,
  requiredReferenceIn,
} from './build-context.ts';
import type { PeeringConnection, UnknownCause } from './model.ts';
import { startReading } from './reading.ts';
import { cidrsOverlap } from './vpc-blocks.ts';
import { vpcIn, type WrittenVpc } from './vpcs.ts';

export const PEERING: ReferenceTargets = {
  what: 'an aws_vpc_peering_connection',
  attributes: {
    aws_vpc_peering_connection: ['id'],
    aws_vpc_peering_connection_accepter: ['id'],
    aws_vpc_peering_connection_options: ['id'],
  },
};

export interface PeeringConnections {
  readonly known: readonly PeeringConnection[];
  readonly unknown: ReadonlyMap<string, UnknownCause>;
  /** The connection that an `id` means, of an accepter's too. */
  connectionOf(address: string): string;
}

const INERT = [
  'accept_status',
  'accepter',
  'auto_accept',
  'peer_owner_id',
  'peer_vpc_id',
  'requester',
  'vpc_id',
];
const TOUCHES = 'packets routed to it';

export function buildPeeringConnections(
  context: BuildContext,
  options: { readonly vpcs: readonly WrittenVpc[] },
): PeeringConnections {
  const unknown = new Map<string, UnknownCause>();
  const { accepted, aliases } = acceptances(context, unknown);
  const known: (PeeringConnection & { readonly site: Site })[] = [];
  for (const open of context.resources('aws_vpc_peering_connection')) {
    const read = readConnection(context, open);
    if (read === undefined) continue;
    if ('cause' in read) unknown.set(open.address, read.cause);
    else known.push({ ...read, isActive: read.isActive || accepted.has(open.address) });
  }
  for (const connection of known) checkEnds(context, connection, { known, vpcs: options.vpcs });
  const vpcOf = new Map(options.vpcs.map((vpc) => [vpc.address, vpc]));
  for (const { address, requester, accepter } of known) {
    const doubt = [requester, accepter].map((end) => vpcOf.get(end)?.unknownRange).find(Boolean);
    if (doubt !== undefined) unknown.set(address, doubt);
  }
  return {
    known: known
      .filter(({ address }) => !unknown.has(address))
      .map(({ site: _, ...connection }) => connection),
    unknown,
    connectionOf: (address) => aliases.get(address) ?? address,
  };
}

type Draft = PeeringConnection & { readonly site: Site };

function readConnection(
  context: BuildContext,
  { address, fields }: OpenBlock,
): Draft | { readonly cause: UnknownCause } | undefined {
  const reading = startReading(context, fields);
  const requester = reading.get(() => vpcIn(context, fields, 'vpc_id'), undefined);
  const accepter = reading.get(() => vpcIn(context, fields, 'peer_vpc_id'), undefined);
  reading.get(() => refuseOtherRegion(context, fields), undefined);
  const isActive = reading.get(() => fields.boolean('auto_accept') ?? false, false);
  // The accepter may belong to a provider that is not looked at.
  const foreign = context.unmodelled.find(({ type }) => type === 'aws_vpc_peering_connection_accepter');
  if (!isActive && foreign !== undefined)
    reading.doubt(`whether it is accepted depends on ${foreign.address}`);
  const cause = reading.finish({ inert: INERT }, TOUCHES);
  if (cause !== undefined) return { cause };
  if (requester === undefined || accepter === undefined) return undefined;
  return {
    address,
    place: placeOf(fields.site),
    requester,
    accepter,
    isActive,
    site: fields.siteOf('peer_vpc_id'),
  };
}

function refuseOtherRegion(context: BuildContext, fields: Fields): void {
  const region = fields.text('peer_region');
  if (region === undefined || region === '' || region === context.settings.region) return;
  const reason = `the other end is in ${region}`;
  throw unsupported(fields.siteOf('peer_region'), { reason, nextStep: 'report it' });
}

function checkEnds(
  context: BuildContext,
  connection: Draft,
  options: { readonly known: readonly Draft[]; readonly vpcs: readonly WrittenVpc[] },
): void {
  const { requester, accepter, site } = connection;
  const refuse = (reason: string, nextStep: string) =>
    context.problems.add(invalid(site, { reason, nextStep }));
  if (requester === accepter) {
    refuse(`${requester} cannot be peered with itself`, 'name another VPC');
    return;
  }
  const ends = [requester, accepter].sort().join();
  const before = options.known.find((other) => [other.requester, other.accepter].sort().join() === ends);
  if (before !== undefined && before.address !== connection.address) {
    refuse(`${before.address} connects the two already`, 'keep one of them');
  }
  const cidrsOf = (vpc: string) => options.vpcs.find(({ address }) => address === vpc)?.cidrs ?? [];
  for (const near of cidrsOf(requester)) {
    const far = cidrsOf(accepter).find((cidr) => cidrsOverlap(near, cidr));
    if (far === undefined) continue;
    refuse(
      `${near} of ${requester} overlaps ${far} of ${accepter}, and AWS peers no VPCs that overlap`,
      'give one of them another block',
    );
  }
}

/** Accepters and options: whose connection they are about, and which of these are accepted. */
function acceptances(
  context: BuildContext,
  unknown: Map<string, UnknownCause>,
): { readonly accepted: ReadonlySet<string>; readonly aliases: ReadonlyMap<string, string> } {
  const accepted = new Set<string>();
  const aliases = new Map<string, string>();
  const reference = { name: 'vpc_peering_connection_id', targets: PEERING };
  for (const type of ['aws_vpc_peering_connection_accepter', 'aws_vpc_peering_connection_options']) {
    for (const { address, fields } of context.resources(type)) {
      const reading = startReading(context, fields);
      const of = reading.get(() => requiredReferenceIn(context, fields, reference).address, undefined);
      const isAccepted = reading.get(() => fields.boolean('auto_accept') ?? false, false);
      const cause = reading.finish({ inert: [...INERT, 'peer_region'] }, TOUCHES);
      if (of !== undefined) aliases.set(address, of);
      if (cause !== undefined) unknown.set(of ?? address, cause);
      else if (of !== undefined && isAccepted) accepted.add(of);
    }
  }
  return { accepted, aliases };
}
