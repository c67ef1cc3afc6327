import type { SdkCase } from './case.ts';
import { sdkCallCases } from './sdk-call-cases.ts';
import { sdkChannelCases } from './sdk-channel-cases.ts';
import { sdkConnectionCases } from './sdk-connection-cases.ts';
import { sdkDiscoveryCases } from './sdk-discovery-cases.ts';

export const allSdkCases: readonly SdkCase[] = [
  ...sdkCallCases,
  ...sdkConnectionCases,
  ...sdkChannelCases,
  ...sdkDiscoveryCases,
];
