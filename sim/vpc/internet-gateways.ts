/** Internet gateways that are attached to a VPC, by `vpc_id` or by an attachment. One that is attached to none carries nothing. */

import { invalid, type Site } from '../terraform/index.ts';
import {
  type BuildContext,
  type ReferenceTargets,
  referenceIn,
  requiredReferenceIn,
} from './build-context.ts';
import type { InternetGateway } from './model.ts';
import { byAddress } from './natural-order.ts';
import { VPC } from './vpcs.ts';

export const INTERNET_GATEWAY: ReferenceTargets = {
  what: 'an aws_internet_gateway',
  attributes: { aws_internet_gateway: ['id'] },
};

interface Attachment extends InternetGateway {
  readonly site: Site;
}

export function buildInternetGateways(context: BuildContext): readonly InternetGateway[] {
  const attachments: Attachment[] = [];
  const attach = (attachment: Attachment) => {
    const taken = attachments.find(
      ({ vpc, address }) => vpc === attachment.vpc || address === attachment.address,
    );
    if (taken !== undefined) {
      const reason = `${taken.address} is already attached to ${taken.vpc}`;
      throw invalid(attachment.site, { reason, nextStep: 'attach one internet gateway to one VPC' });
    }
    attachments.push(attachment);
  };

  for (const { address, fields } of context.resources('aws_internet_gateway')) {
    const vpc = referenceIn(context, fields, { name: 'vpc_id', targets: VPC })?.address;
    fields.refuseUnread({ inert: ['tags', 'tags_all'] });
    if (vpc !== undefined) attach({ address, vpc, site: fields.siteOf('vpc_id') });
  }
  for (const { fields } of context.resources('aws_internet_gateway_attachment')) {
    const vpc = requiredReferenceIn(context, fields, { name: 'vpc_id', targets: VPC }).address;
    const gateway = { name: 'internet_gateway_id', targets: INTERNET_GATEWAY };
    const address = requiredReferenceIn(context, fields, gateway).address;
    fields.refuseUnread({ inert: [] });
    attach({ address, vpc, site: fields.siteOf('internet_gateway_id') });
  }
  return attachments.map(({ address, vpc }) => ({ address, vpc })).sort(byAddress);
}
