/**
 * The policy file: what may be said in it, and what it means once read. Whether a network keeps it is `check-policy.ts`.
 * Every entry knows its line, so that a violation can name it.
 */

import { z } from 'zod';
import type { PortRange } from '../vpc/model.ts';
import { spanOf, union } from './port-ranges.ts';
import { compileSelector, type Selector, selectorFields } from './selector.ts';
import { outsideBlock } from './subject.ts';

export interface Traffic {
  /** `tcp`, `udp`, `icmp`, an IANA number as text, `other` (each number that no rule names), or `all`. */
  readonly protocol: string;
  /** Absent: everything of the protocol. */
  readonly ranges?: readonly PortRange[];
}

export interface PolicyItem {
  /** `allow[2]`, `never[0]`, `open[1]`. */
  readonly name: string;
  readonly line: number;
  readonly why: string;
  readonly traffic: Traffic;
}

export interface FlowItem extends PolicyItem {
  readonly from: Selector;
  readonly to: Selector;
  readonly family?: 4 | 6;
}

export interface AllowItem extends FlowItem {
  /** It may be, but need not work. */
  readonly isOptional: boolean;
}

/** A security group that may have rules for public addresses. */
export interface OpenItem extends PolicyItem {
  readonly group: Selector;
}

export type BuiltinLevel = 'error' | 'warning' | 'off';

export interface Policy {
  /** As the caller named it. */
  readonly file: string;
  readonly allow: readonly AllowItem[];
  readonly never: readonly FlowItem[];
  /** Absent: nothing is said about rules that nothing reaches. */
  readonly open?: readonly OpenItem[];
  readonly builtin: BuiltinLevel;
}

const selectorEntry = z
  .string()
  .min(1)
  .refine((text) => text.replace(/^!/, '') !== '', { error: 'names nothing' })
  .refine((text) => !/^!?any$/.test(text), {
    error: 'is no name; "*" is every endpoint, "internet" what is outside',
  })
  .refine(
    (text) => !/^!?[\d.]+\/|^!?[\da-f:]+\//i.test(text) || outsideBlock(text.replace(/^!/, '')) !== undefined,
    {
      error: 'is no CIDR block',
    },
  )
  .describe(
    `internet, a CIDR block, a Terraform address, a glob with *, or ${selectorFields.map((field) => `${field}:…`).join(', ')}; with ! before it: all but that`,
  );

const selector = z
  .union([selectorEntry, z.array(selectorEntry).min(1)], { error: 'is no name, and no list of names' })
  .refine((entries) => [entries].flat().some((entry) => !entry.startsWith('!')), {
    error: 'only excepts; name something first, such as "*"',
  });

const PROTOCOL_MAX = 255;
const NAMES_BY_NUMBER: Readonly<Record<string, string>> = { 1: 'icmp', 6: 'tcp', 17: 'udp', 58: 'icmp' };
const protocol = z
  .union([z.enum(['tcp', 'udp', 'icmp', 'other', 'all']), z.int().min(0).max(PROTOCOL_MAX)], {
    error: 'is none of tcp, udp, icmp, other, all, or an IANA number',
  })
  .transform((value) => NAMES_BY_NUMBER[String(value)] ?? String(value));

const PORT_MAX = 65_535;
const portsEntry = z
  .union([z.int().min(0).max(PORT_MAX), z.string().regex(/^\d{1,5}(-\d{1,5})?$/)], {
    error: 'is no port from 0 to 65535, and no range such as "8000-8010"',
  })
  .transform((value, context) => {
    const [from = Number.NaN, to = from] = String(value).split('-').map(Number);
    if (from > to || to > PORT_MAX) {
      context.addIssue({ code: 'custom', message: 'is no range of ports from 0 to 65535, the lower first' });
    }
    return { from, to };
  });
const ports = z
  .union([portsEntry.transform((range) => [range]), z.array(portsEntry).min(1)])
  .transform((ranges) => union(ranges));
const types = z
  .union([
    z
      .int()
      .min(0)
      .max(255)
      .transform((type) => [type]),
    z.array(z.int().min(0).max(255)).min(1),
  ])
  .transform((list) => union(list.map((type) => ({ from: type, to: type }))));

const traffic = { ports: ports.optional(), types: types.optional() };
const common = { why: z.string().optional(), ...traffic };
const family = z.enum(['ipv4', 'ipv6'], { error: 'is neither ipv4 nor ipv6' }).optional();

interface TrafficFields {
  readonly protocol?: string | undefined;
  readonly ports?: readonly PortRange[] | undefined;
  readonly types?: readonly PortRange[] | undefined;
}

function refineTraffic(fields: TrafficFields, context: z.RefinementCtx): void {
  const issue = (field: string, message: string) =>
    context.addIssue({ code: 'custom', path: [field], message });
  if (fields.ports !== undefined && fields.protocol !== 'tcp' && fields.protocol !== 'udp') {
    issue('ports', 'needs protocol: tcp or udp');
  }
  if (fields.types !== undefined && fields.protocol !== 'icmp') issue('types', 'needs protocol: icmp');
}

const allowItem = z
  .strictObject({
    from: selector,
    to: selector,
    protocol,
    family,
    optional: z.boolean().optional(),
    ...common,
  })
  .superRefine(refineTraffic);
const neverItem = z
  .strictObject({ from: selector, to: selector, protocol: protocol.optional(), family, ...common })
  .superRefine(refineTraffic);
const openItem = z.strictObject({ group: selector, protocol, ...common }).superRefine(refineTraffic);

/** The file as it is written. */
export const policySchema = z.strictObject({
  version: z.literal(1, { error: 'must be 1' }),
  allow: z.array(allowItem),
  never: z.array(neverItem).optional(),
  open: z.array(openItem).optional(),
  builtin: z.enum(['error', 'warning', 'off'], { error: 'is none of error, warning, off' }).optional(),
});

type Written = z.output<typeof policySchema>;

/** @param lineOf Line of the entry at a path. */
export function policyFrom(
  written: Written,
  { file, lineOf }: { file: string; lineOf: (path: readonly (string | number)[]) => number },
): Policy {
  const item = (
    key: string,
    index: number,
    fields: TrafficFields & { why?: string | undefined },
  ): PolicyItem => ({
    name: `${key}[${index}]`,
    line: lineOf([key, index]),
    why: fields.why ?? '',
    traffic: trafficFrom(fields),
  });
  const flow = (
    key: string,
    index: number,
    fields: Written['allow'][number] | NonNullable<Written['never']>[number],
  ): FlowItem => ({
    ...item(key, index, fields),
    from: compileSelector([fields.from].flat()),
    to: compileSelector([fields.to].flat()),
    ...(fields.family !== undefined && { family: fields.family === 'ipv4' ? 4 : 6 }),
  });
  return {
    file,
    allow: written.allow.map((fields, index) => ({
      ...flow('allow', index, fields),
      isOptional: fields.optional ?? false,
    })),
    never: (written.never ?? []).map((fields, index) => flow('never', index, fields)),
    ...(written.open !== undefined && {
      open: written.open.map((fields, index) => ({
        ...item('open', index, fields),
        group: compileSelector([fields.group].flat()),
      })),
    }),
    builtin: written.builtin ?? 'warning',
  };
}

function trafficFrom({
  protocol: name = 'all',
  ports: portRanges,
  types: typeRanges,
}: TrafficFields): Traffic {
  const ranges = portRanges ?? typeRanges;
  return { protocol: name, ...(ranges !== undefined && { ranges }) };
}

/** What of a protocol's packets the traffic is. */
export function rangesFor({ protocol: name, ranges }: Traffic, wanted: string): readonly PortRange[] {
  if (name !== 'all' && name !== wanted) return [];
  return ranges ?? [spanOf(wanted)];
}

/** Whether some of the packets of a row are of the traffic: a number that no rule names is told as `other`. */
export function mayMeet({ protocol: name }: Traffic, wanted: string): boolean {
  return name === 'all' || name === wanted || (wanted === 'other' && /^\d+$/.test(name));
}
