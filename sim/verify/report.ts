/**
 * The report of `drydock verify`, as its JSON has it. Fields are added, never changed or taken away, without a new
 * `schemaVersion`; docs/verify-json.md explains them, and schema/verify-report.schema.json is made from this file (`./drydock verify --schema`).
 */

import { z } from 'zod';

const port = z.int().min(0).max(65_535);
const portRange = z.strictObject({ from: port, to: port }).describe('Inclusive.');
const place = {
  file: z.string().nullable().describe('As the input was named. Null where AWS made the part by itself.'),
  line: z.int().min(1).nullable().describe('From 1.'),
};
const family = z.union([z.literal(4), z.literal(6)]).describe('IPv4 or IPv6.');
const answer = z.enum(['never', 'always', 'depends', 'unknown']);

export const tiers = ['public', 'private', 'isolated', 'service', 'unknown'] as const;

const endpoint = z.strictObject({
  address: z.string().describe('Its name: the Terraform address; of a member of a group, with #0, #1, …'),
  resource: z.string().describe('Terraform address of the resource that has it.'),
  kind: z.string().describe('instance, autoscaling-member, load-balancer, database, gateway-endpoint, …'),
  tier: z.enum(tiers),
  vpc: z.string().nullable(),
  subnet: z.string().nullable(),
  availabilityZone: z.string().nullable(),
  addresses: z.strictObject({
    private: z.string().nullable(),
    public: z.string().nullable(),
    ipv6: z.string().nullable(),
  }),
  securityGroups: z.array(z.string()),
  isImagined: z.boolean().describe('It stands for whatever would be put in a subnet with a security group.'),
  ...place,
});

const reach = z.strictObject({
  from: z
    .string()
    .describe('An endpoint, a group of them by its bare address, internet, or a range outside.'),
  to: z.string(),
  protocol: z
    .string()
    .describe('tcp, udp, icmp, an IANA number that some rule names, or other: all the rest.'),
  family,
  byPublicAddress: z
    .boolean()
    .describe(
      'Sent from inside to the public IPv4 address of to; false: to its own addresses, or from outside.',
    ),
  ports: z.array(portRange).describe('Destination ports; for icmp its types; empty where there is neither.'),
  codes: z.array(portRange).describe('For icmp: the codes that the row is about. Empty: every code.'),
  delivered: answer.describe('The first packet.'),
  verdict: answer.describe('The connection, its answer included.'),
  sourcePorts: z
    .array(portRange)
    .describe('Those from which the connection works: all of 1024 to 65535, some of them, or none.'),
  causes: z.array(z.string()).describe('Addresses of what is not known, where an answer is unknown.'),
});

export const severities = ['error', 'warning', 'note'] as const;

const finding = z.strictObject({
  id: z.string().describe('Of docs/findings.md.'),
  severity: z.enum(severities).describe('An error is a violation: the exit code is 1.'),
  address: z.string().describe('Terraform address of what should be changed, or is to blame.'),
  ...place,
  message: z.string(),
  path: z
    .array(z.string())
    .describe("The packet's way, layer by layer, where the finding is about a packet."),
});

const unknown = z.strictObject({
  address: z.string().describe('Terraform address of what is not known.'),
  reason: z.string(),
  touches: z.string().describe('What it leaves open.'),
  isInTheWay: z.boolean().describe('A violation may hide behind it: the exit code is 2 unless it is 1.'),
  ...place,
});

const reached = z
  .strictObject({ delivered: z.enum(['yes', 'no', 'unknown']), answered: z.enum(['yes', 'no', 'unknown']) })
  .describe('Of one packet, and of its answer.');

const disagreement = z.looseObject({
  from: z.string(),
  to: z.string(),
  protocol: z.string(),
  family,
  port: port.optional(),
  sourcePort: port.optional(),
  proof: reached.describe('What the proof says.'),
  packets: reached.describe('What the packet did.'),
});

const differ = z.looseObject({
  probes: z.int().min(0).describe('Real packet exchanges.'),
  byProtocol: z.record(z.string(), z.int().min(0)),
  secondLooks: z
    .int()
    .min(0)
    .describe('Probes that were silent against the proof and sent once more; the second look counts.'),
  disagreements: z.array(disagreement).describe('Empty, or either the proof or the enforcement is wrong.'),
});

export const reportSchema = z.strictObject({
  schemaVersion: z.literal(1),
  input: z.string().describe('What was verified, as the caller named it.'),
  policy: z.string().describe('The policy file, or builtin.'),
  verdict: z.enum(['holds', 'violated', 'unknown']).describe('Exit codes 0, 1 and 2.'),
  summary: z.strictObject({
    endpoints: z.int(),
    flows: z.int(),
    errors: z.int(),
    warnings: z.int(),
    notes: z.int(),
    unknown: z.int(),
    unknownInTheWay: z.int(),
  }),
  endpoints: z.array(endpoint),
  reach: z.array(reach),
  findings: z.array(finding),
  unknown: z.array(unknown),
  differ: differ.optional().describe('With --enforce.'),
});

export type Report = z.infer<typeof reportSchema>;
export type Tier = (typeof tiers)[number];
export type Severity = (typeof severities)[number];
export type ReportEndpoint = Report['endpoints'][number];
export type Reach = Report['reach'][number];
export type Finding = Report['findings'][number];
export type ReportUnknown = Report['unknown'][number];
export type DifferResult = NonNullable<Report['differ']>;
