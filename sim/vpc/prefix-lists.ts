/**
 * Prefix lists: own ones, whose entries the configuration holds, and AWS's, of which each has a stand-in range, since
 * the real ones change by region and time. What is simulated is that a rule or a route means the service.
 */

import {
  convertOr,
  invalid,
  type Located,
  placeOf,
  referenceOr,
  toText,
  unresolved,
  type Value,
} from '../terraform/index.ts';
import {
  type BuildContext,
  type OpenBlock,
  type ReferenceTargets,
  requiredReferenceIn,
} from './build-context.ts';
import { awsListName } from './computed-attributes.ts';
import type { UnknownCause } from './model.ts';
import { cidrOf } from './read-cidr.ts';
import { startReading } from './reading.ts';

export interface PrefixList {
  /** Of the list, or of the endpoint or data source through which it is named. */
  readonly address: string;
  readonly cidrs: readonly string[];
  /** The same for whatever names the same list. */
  readonly list: string;
  /** Entries are not known: at most these. */
  readonly uncertain?: UnknownCause;
}

export interface PrefixLists {
  /** What a `prefix_list_id` stands for. Throws where that is not known. */
  of(found: Located<Value>): PrefixList;
}

const PREFIX_LIST: ReferenceTargets = {
  what: 'an aws_ec2_managed_prefix_list',
  attributes: { aws_ec2_managed_prefix_list: ['id'] },
};
const TOUCHES = 'rules and routes that name it';

export function buildPrefixLists(context: BuildContext): PrefixLists {
  const own = ownLists(context);
  return {
    of: (found) => {
      const reference = referenceOr(found, 'a prefix list');
      const { address, attribute } = reference;
      const list = attribute === 'id' ? own.get(address) : undefined;
      if (list !== undefined) return list;
      const name =
        attribute === 'prefix_list_id' || attribute === 'id' ? listNameOf(context, address) : undefined;
      if (name !== undefined) {
        const range = context.standIns.prefixListFor(name);
        return { address, cidrs: [range], list: range };
      }
      const problem = {
        reason: `${address}.${attribute} is not a prefix list that is known`,
        nextStep: 'refer to a prefix list of this configuration, or of AWS by its name',
      };
      const isOther = attribute === 'id' && !context.typeOf(address)?.startsWith('data.');
      throw isOther ? invalid(found.site, problem) : unresolved(found.site, problem);
    },
  };
}

function listNameOf(context: BuildContext, address: string): string | undefined {
  const type = context.typeOf(address);
  const isData = type === 'data.aws_prefix_list' || type === 'data.aws_ec2_managed_prefix_list';
  if (!isData && type !== 'aws_vpc_endpoint') return undefined;
  const open = isData ? context.dataSource(address) : context.resource(address);
  const name = open?.fields.value(isData ? 'name' : 'service_name');
  return name && awsListName(convertOr(name, 'a string', toText), context.settings);
}

interface DraftList {
  readonly address: string;
  readonly family: 4 | 6;
  readonly cidrs: Set<string>;
  readonly isInline: boolean;
  readonly max: number | undefined;
  readonly open: OpenBlock;
  uncertain?: UnknownCause;
}

function ownLists(context: BuildContext): ReadonlyMap<string, PrefixList> {
  const drafts = new Map(
    context.resources('aws_ec2_managed_prefix_list').map((open) => [open.address, draftOf(context, open)]),
  );
  for (const { fields } of context.resources('aws_ec2_managed_prefix_list_entry')) {
    const reading = startReading(context, fields);
    const reference = { name: 'prefix_list_id', targets: PREFIX_LIST };
    const list = reading.get(() => requiredReferenceIn(context, fields, reference).address, undefined);
    const drafted = list === undefined ? undefined : drafts.get(list);
    if (drafted?.isInline) {
      const reason = `${list} has its entries inline, and the provider would remove this one`;
      const nextStep = 'keep one of the two styles';
      context.problems.add(invalid(fields.siteOf('prefix_list_id'), { reason, nextStep }));
    }
    const found = reading.get(() => fields.required('cidr', fields.value('cidr')), undefined);
    if (found !== undefined && drafted !== undefined) reading.get(() => addEntry(drafted, found), undefined);
    const cause = reading.finish({ inert: ['description'] }, TOUCHES);
    const touched = drafted === undefined ? [...drafts.values()] : [drafted];
    for (const one of touched) if (cause !== undefined) one.uncertain ??= cause;
  }
  return new Map([...drafts].map(([address, draft]) => [address, finished(context, draft)]));
}

function draftOf(context: BuildContext, open: OpenBlock): DraftList {
  const { address, fields } = open;
  const reading = startReading(context, fields);
  const family = reading.get(() => fields.text('address_family'), undefined) === 'IPv6' ? 6 : 4;
  const max = reading.get(() => fields.number('max_entries'), undefined);
  const isInline = fields.isWritten('entry');
  const draft: DraftList = { address, family, cidrs: new Set(), isInline, max, open };
  for (const entry of reading.get(() => fields.blocks('entry'), [])) {
    reading.get(() => addEntry(draft, entry.required('cidr', entry.value('cidr'))), undefined);
  }
  const cause = reading.finish({ inert: ['name', 'version'] }, TOUCHES);
  return cause === undefined ? draft : { ...draft, uncertain: cause };
}

function addEntry({ family, cidrs, address }: DraftList, found: Located<Value>): void {
  const cidr = cidrOf(found, { family, hostBits: 'refuse' });
  if (cidrs.has(cidr)) {
    const reason = `${address} has ${cidr} already`;
    throw invalid(found.site, { reason, nextStep: 'remove one of them' });
  }
  cidrs.add(cidr);
}

function finished(
  context: BuildContext,
  { address, family, cidrs, max, open, uncertain }: DraftList,
): PrefixList {
  if (max !== undefined && cidrs.size > max) {
    const reason = `it has ${cidrs.size} entries`;
    context.problems.add(invalid(open.fields.siteOf('max_entries'), { reason, nextStep: 'raise it' }));
  }
  if (uncertain === undefined) return { address, cidrs: [...cidrs], list: address };
  const place = uncertain.place ?? placeOf(open.fields.site);
  const everywhere = family === 4 ? '0.0.0.0/0' : '::/0';
  return { address, cidrs: [everywhere], list: address, uncertain: { ...uncertain, place } };
}
