/** Every row of the fixtures' expected.md as questions: "both" is two rows, "any of them" one for each. */

import type { VerdictQuestion } from '../../sim/prove/index.ts';
import type { PortRange } from '../../sim/vpc/index.ts';

/** yes: a connection works; no: its first packet is not delivered; one-way: it is, and the answer is dropped. */
export type ExpectedAnswer = 'yes' | 'no' | 'one-way';

export interface ExpectedRow {
  readonly fixture: string;
  /** In the fixture's expected.md. */
  readonly row: number;
  readonly question: VerdictQuestion;
  /** The answer speaks of these alone; absent: 1024 to 65535. */
  readonly sourcePorts?: PortRange;
  readonly answer: ExpectedAnswer;
}

/** Addresses of the internet that no fixture names a rule for, or that lie in what it names. */
const ELSEWHERE = '45.33.7.9';
const NOT_OFFICE_198 = '203.0.113.7';
const OFFICE_198 = '198.51.100.7';
const NOT_OFFICE_203 = '198.51.100.7';

type Line = readonly [
  row: number,
  from: string,
  to: string,
  traffic: string,
  answer: ExpectedAnswer,
  family?: 4 | 6 | undefined,
  sourcePorts?: PortRange,
];

const LINUX_PORTS = { from: 32768, to: 60999 };

const LINES: Readonly<Record<string, readonly Line[]>> = {
  'alb-ecs-endpoints': [
    [1, 'internet', 'aws_lb.this', 'tcp/443', 'yes'],
    [2, 'internet', 'aws_lb.this', 'tcp/80', 'yes'],
    [3, 'internet', 'aws_ecs_service.api', 'tcp/8080', 'no'],
    [4, 'aws_lb.this', 'aws_ecs_service.api', 'tcp/8080', 'yes'],
    [5, 'aws_lb.this', 'aws_db_instance.this', 'tcp/5432', 'no'],
    [6, 'aws_ecs_service.api', 'aws_db_instance.this', 'tcp/5432', 'yes'],
    [7, 'aws_db_instance.this', 'aws_ecs_service.api', 'tcp/8080', 'no'],
    [8, 'aws_ecs_service.api', 'aws_vpc_endpoint.interface["ecr.api"]', 'tcp/443', 'yes'],
    [9, 'aws_ecs_service.api', 'aws_vpc_endpoint.s3[0]', 'tcp/443', 'no'],
    [10, 'aws_ecs_service.api', 'internet', 'tcp/443', 'no'],
  ],
  'count-cidrsubnet': [
    [1, 'internet', 'aws_instance.bastion', 'tcp/22', 'yes'],
    [2, 'internet', 'aws_instance.worker[0]', 'tcp/22', 'no'],
    [3, 'aws_instance.bastion', 'aws_instance.worker[0]', 'tcp/22', 'yes'],
    [3, 'aws_instance.bastion', 'aws_instance.worker[1]', 'tcp/22', 'yes'],
    [3, 'aws_instance.bastion', 'aws_instance.worker[2]', 'tcp/22', 'yes'],
    [4, 'aws_instance.bastion', 'internet', 'tcp/443', 'no'],
    [5, 'aws_instance.worker[0]', 'aws_instance.worker[1]', 'tcp/9000', 'yes'],
    [6, 'aws_instance.worker[0]', 'aws_instance.worker[1]', 'tcp/9001', 'no'],
    [7, 'aws_instance.worker[0]', 'internet', 'tcp/443', 'yes'],
    [8, 'aws_instance.worker[1]', 'internet', 'tcp/443', 'yes'],
    [9, 'aws_instance.worker[2]', 'internet', 'tcp/443', 'no'],
    [10, 'aws_instance.worker[0]', 'aws_instance.bastion', 'tcp/22', 'yes'],
  ],
  'default-vpc': [
    [1, 'internet', 'aws_instance.web', 'tcp/80', 'yes'],
    [2, NOT_OFFICE_198, 'aws_instance.web', 'tcp/22', 'no'],
    [2, ELSEWHERE, 'aws_instance.web', 'tcp/22', 'no'],
    [3, OFFICE_198, 'aws_instance.web', 'tcp/22', 'yes'],
    [3, '198.51.100.0/24', 'aws_instance.web', 'tcp/22', 'yes'],
    [4, 'internet', 'aws_instance.tools', 'tcp/22', 'no'],
    [5, 'aws_instance.tools', 'aws_instance.cron', 'tcp/5000', 'yes'],
    [6, 'aws_instance.web', 'aws_instance.tools', 'tcp/22', 'no'],
    [7, 'aws_instance.tools', 'aws_instance.web', 'tcp/80', 'yes'],
    [8, 'aws_instance.tools', 'internet', 'tcp/443', 'yes'],
    [9, 'aws_instance.web', 'internet', 'tcp/443', 'no'],
  ],
  'dual-stack': [
    [1, 'internet', 'aws_instance.web', 'tcp/443', 'yes', 4],
    [2, 'internet', 'aws_instance.web', 'tcp/443', 'yes', 6],
    [3, NOT_OFFICE_203, 'aws_instance.web', 'tcp/22', 'no', 4],
    [3, ELSEWHERE, 'aws_instance.web', 'tcp/22', 'no', 4],
    [4, 'internet', 'aws_instance.web', 'tcp/22', 'yes', 6],
    [5, 'internet', 'aws_instance.db', 'tcp/5432', 'yes', 6],
    [6, 'internet', 'aws_instance.db', 'tcp/5432', 'no', 4],
    [7, 'internet', 'aws_instance.app', 'tcp/8080', 'no', 6],
    [8, 'aws_instance.app', 'internet', 'tcp/443', 'yes', 6],
    [9, 'aws_instance.app', 'internet', 'tcp/443', 'yes', 4],
    [10, 'aws_instance.app', 'aws_instance.db', 'tcp/5432', 'yes', 4],
    [10, 'aws_instance.app', 'aws_instance.db', 'tcp/5432', 'yes', 6],
    [11, 'aws_instance.web', 'aws_instance.db', 'tcp/5432', 'no', 4],
    [12, 'aws_instance.web', 'aws_instance.db', 'tcp/5432', 'yes', 6],
    [13, 'aws_instance.db', 'internet', 'tcp/443', 'no', 6],
  ],
  'foreach-tiers': [
    [1, 'internet', 'aws_instance.node["web-a"]', 'tcp/443', 'yes'],
    [1, 'internet', 'aws_instance.node["web-b"]', 'tcp/443', 'yes'],
    [2, 'internet', 'aws_instance.node["web-a"]', 'tcp/22', 'no'],
    [3, 'aws_instance.node["web-a"]', 'aws_instance.node["app-b"]', 'tcp/8080', 'yes'],
    [4, 'aws_instance.node["web-a"]', 'aws_instance.node["db-a"]', 'tcp/5432', 'no'],
    [5, 'aws_instance.node["app-a"]', 'aws_instance.node["db-b"]', 'tcp/5432', 'yes'],
    [6, 'aws_instance.node["db-a"]', 'aws_instance.node["app-a"]', 'tcp/22', 'no'],
    [7, 'internet', 'aws_instance.node["db-a"]', 'tcp/22', 'no'],
    [8, 'aws_instance.node["app-a"]', 'aws_instance.node["db-a"]', 'tcp/22', 'no'],
    [9, 'aws_instance.node["web-a"]', 'internet', 'tcp/443', 'no'],
  ],
  'inline-dynamic-nacl': [
    [1, 'internet', 'aws_instance.edge', 'tcp/443', 'one-way'],
    [2, 'internet', 'aws_instance.edge', 'tcp/8443', 'one-way'],
    [3, 'internet', 'aws_instance.edge', 'icmp', 'no'],
    [4, 'aws_instance.edge', 'aws_instance.core[0]', 'tcp/9000', 'yes'],
    [5, 'aws_instance.edge', 'aws_instance.core[0]', 'tcp/9005', 'no'],
    [6, 'aws_instance.core[0]', 'aws_instance.core[1]', 'tcp/9005', 'yes'],
    [7, 'aws_instance.core[0]', 'aws_instance.edge', 'tcp/443', 'one-way', undefined, LINUX_PORTS],
    [8, 'aws_instance.core[0]', 'internet', 'tcp/443', 'no'],
    [9, 'internet', 'aws_instance.core[0]', 'tcp/9000', 'no'],
  ],
  'local-modules': [
    [1, 'internet', 'module.api["dev"].aws_instance.this[0]', 'tcp/22', 'yes'],
    [1, 'internet', 'module.api["dev"].aws_instance.this[1]', 'tcp/22', 'yes'],
    [2, 'internet', 'module.api["dev"].aws_instance.this[0]', 'tcp/8080', 'no'],
    [3, 'internet', 'module.api["prod"].aws_instance.this[0]', 'tcp/22', 'no'],
    [
      4,
      'module.api["dev"].aws_instance.this[0]',
      'module.api["dev"].aws_instance.this[1]',
      'tcp/8080',
      'yes',
    ],
    [
      5,
      'module.api["dev"].aws_instance.this[0]',
      'module.api["prod"].aws_instance.this[0]',
      'tcp/8080',
      'no',
    ],
    [6, 'module.api["dev"].aws_instance.this[0]', 'internet', 'tcp/443', 'yes'],
    [7, 'module.api["prod"].aws_instance.this[0]', 'internet', 'tcp/443', 'no'],
  ],
  peering: [
    [1, 'aws_instance.db["a"]', 'aws_instance.db["b"]', 'tcp/5432', 'yes'],
    [2, 'aws_instance.db["b"]', 'aws_instance.db["c"]', 'tcp/5432', 'yes'],
    [3, 'aws_instance.db["a"]', 'aws_instance.db["c"]', 'tcp/5432', 'no'],
    [4, 'aws_instance.db["c"]', 'aws_instance.db["a"]', 'tcp/5432', 'no'],
    [5, 'aws_instance.db["a"]', 'aws_instance.archive', 'tcp/5432', 'one-way'],
    [6, 'aws_instance.db["b"]', 'aws_instance.archive', 'tcp/5432', 'yes'],
    [7, 'aws_instance.archive', 'aws_instance.db["a"]', 'tcp/5432', 'no'],
    [8, 'aws_instance.db["a"]', 'aws_instance.db["b"]', 'tcp/22', 'no'],
    ...[
      'aws_instance.db["a"]',
      'aws_instance.db["b"]',
      'aws_instance.db["c"]',
      'aws_instance.archive',
    ].flatMap((to): readonly Line[] => [
      [9, 'internet', to, 'tcp/5432', 'no'],
      [9, 'internet', to, 'udp/53', 'no'],
      [9, 'internet', to, 'icmp', 'no'],
    ]),
  ],
};

export const expectedRows: readonly ExpectedRow[] = Object.entries(LINES).flatMap(([fixture, lines]) =>
  lines.map(([row, from, to, traffic, answer, family, sourcePorts]) => ({
    fixture,
    row,
    question: { from, to, ...trafficOf(traffic), ...(family !== undefined && { family }) },
    ...(sourcePorts && { sourcePorts }),
    answer,
  })),
);

function trafficOf(text: string): Pick<VerdictQuestion, 'protocol' | 'port'> {
  const [protocol, port] = text.split('/');
  if (protocol === 'icmp') return { protocol };
  if (protocol !== 'tcp' && protocol !== 'udp') throw new Error(`${text} is no traffic`);
  return { protocol, port: Number(port) };
}
