import { callCases } from './call-cases.ts';
import { callLifeCases } from './call-life-cases.ts';
import type { WireCase } from './case.ts';
import { channelCases } from './channel-cases.ts';
import { connectionCases } from './connection-cases.ts';
import { discoveryCases } from './discovery-cases.ts';
import { lossCases } from './loss-cases.ts';
import { rbacCases } from './rbac-cases.ts';
import { rbacHookCases } from './rbac-hook-cases.ts';
import { registryCases } from './registry-cases.ts';
import { triggerCallCases } from './trigger-call-cases.ts';
import { triggerCases } from './trigger-cases.ts';

export const allCases: readonly WireCase[] = [
  ...connectionCases,
  ...callCases,
  ...callLifeCases,
  ...lossCases,
  ...registryCases,
  ...discoveryCases,
  ...triggerCases,
  ...triggerCallCases,
  ...channelCases,
  ...rbacCases,
  ...rbacHookCases,
];
