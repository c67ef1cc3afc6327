/**
 * Internet gateways that are attached to a VPC, by `vpc_id` or by an attachment, and the one that the default VPC came
 * with. One that is attached to none carries nothing.
 */

import { invalid, placeOf, type Site } from '../terraform/index.ts';
import { blockedPublicAccess } from './block-public-access.ts';
import { type BuildContext, type ReferenceTargets, requiredReferenceIn } from './build-context.ts';
import { defaultVpcOf, usesDefaultVpc } from './default-vpc.ts';
import type { InternetGateway, UnknownCause, Vpc } from './model.ts';
import { byAddress } from './natural-order.ts';
import { startReading } from './reading.ts';
import { defaultAddress, vpcIn } from './vpcs.ts';

export const INTERNET_GATEWAY: ReferenceTargets = {
  what: 'an aws_internet_gateway',
  attributes: { aws_internet_gateway: ['id'] },
};

export interface InternetGateways {
  readonly attached: readonly InternetGateway[];
  /** Gateways of which it is not known where they are attached, or what they do. */
  readonly unknown: ReadonlyMap<string, UnknownCause>;
}

interface Attachment extends InternetGateway {
  readonly site?: Site;
}

export function buildInternetGateways(
  context: BuildContext,
  { vpcs }: { readonly vpcs: readonly Vpc[] },
): InternetGateways {
  const attachments: Attachment[] = [];
  const unknown = new Map<string, UnknownCause>();
  const attach = (attachment: Attachment) => {
    const taken = attachments.find(
      ({ vpc, address }) => vpc === attachment.vpc || address === attachment.address,
    );
    if (taken === undefined) attachments.push(attachment);
    else if (attachment.site !== undefined) {
      const reason = `${taken.address} is already attached to ${taken.vpc}`;
      const nextStep = 'attach one internet gateway to one VPC';
      context.problems.add(invalid(attachment.site, { reason, nextStep }));
    }
  };
  if (usesDefaultVpc(context)) {
    const { address: vpc } = defaultVpcOf(context);
    attach({ address: defaultAddress(vpc, 'internet_gateway'), vpc });
  }
  for (const { address, fields } of context.resources('aws_internet_gateway')) {
    const reading = startReading(context, fields);
    const vpc = reading.get(
      () => (fields.isWritten('vpc_id') ? vpcIn(context, fields) : undefined),
      undefined,
    );
    const cause = reading.finish({ inert: [] }, 'packets by this gateway');
    if (cause !== undefined) unknown.set(address, cause);
    if (vpc !== undefined) {
      attach({ address, vpc, place: placeOf(fields.site), site: fields.siteOf('vpc_id') });
    }
  }
  addAttachments(context, { attach, unknown });
  const blocked = blockedPublicAccess(context);
  if (blocked !== undefined) for (const { address } of attachments) unknown.set(address, blocked);
  const attached = attachments.map(({ site: _, ...gateway }): InternetGateway => {
    const uncertain = unknown.get(gateway.address);
    return uncertain === undefined ? gateway : { ...gateway, uncertain };
  });
  const all = [...attached, ...possibleGateways(context, { attached, unknown, vpcs })];
  return { attached: all.sort(byAddress), unknown };
}

/** One of which it is not known where it is attached may be that of any VPC without another. */
function possibleGateways(
  context: BuildContext,
  options: {
    readonly attached: readonly InternetGateway[];
    readonly unknown: ReadonlyMap<string, UnknownCause>;
    readonly vpcs: readonly Vpc[];
  },
): readonly InternetGateway[] {
  const { attached, unknown, vpcs } = options;
  const roaming = [...unknown].filter(([address]) => attached.every((one) => one.address !== address));
  const types = ['aws_internet_gateway', 'aws_internet_gateway_attachment'];
  for (const cause of types.flatMap(context.unexpanded)) roaming.push([cause.address, cause]);
  const [first] = roaming;
  if (first === undefined) return [];
  const [address, uncertain] = first;
  const without = vpcs.filter((vpc) => attached.every((gateway) => gateway.vpc !== vpc.address));
  return without.map((vpc) => ({ address, vpc: vpc.address, uncertain }));
}

function addAttachments(
  context: BuildContext,
  options: {
    readonly attach: (attachment: Attachment) => void;
    readonly unknown: Map<string, UnknownCause>;
  },
): void {
  const gateways = new Map(
    context.resources('aws_internet_gateway').map(({ address, fields }) => [address, placeOf(fields.site)]),
  );
  for (const { fields } of context.resources('aws_internet_gateway_attachment')) {
    const reading = startReading(context, fields);
    const vpc = reading.get(() => vpcIn(context, fields), undefined);
    const reference = { name: 'internet_gateway_id', targets: INTERNET_GATEWAY };
    const address = reading.get(() => requiredReferenceIn(context, fields, reference).address, undefined);
    const cause = reading.finish({ inert: [] }, 'packets by this gateway');
    if (cause !== undefined) {
      for (const one of address === undefined ? gateways.keys() : [address]) options.unknown.set(one, cause);
    } else if (vpc !== undefined && address !== undefined) {
      const place = gateways.get(address);
      options.attach({
        address,
        vpc,
        ...(place && { place }),
        site: fields.siteOf('internet_gateway_id'),
      });
    }
  }
}
