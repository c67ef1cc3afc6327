/** What a launch template or a launch configuration says about the machines that are made from it. */

import type { UnknownCause } from '../model.ts';
import type { EndpointSubnet } from './endpoint-input.ts';
import type { Found, Partly } from './partly-known.ts';
import type { ListedGroup } from './placement.ts';

export interface MachineLaunch {
  readonly groups: Partly<ListedGroup>;
  /** Neither value nor cause: the subnet decides. */
  readonly publicAddress: Found<boolean>;
  readonly subnet: Found<EndpointSubnet>;
  readonly tags: ReadonlyMap<string, string>;
  /** Read when asked for: a machine that runs no program does not need it. */
  readonly userData: () => string | undefined;
  /** It has IPv6 addresses of its own accord. */
  readonly hasIpv6: boolean;
  /** Why it may be otherwise than all this says. */
  readonly cause?: UnknownCause;
}

/** Where nothing is launched from anything. */
export const NO_LAUNCH: MachineLaunch = {
  groups: { known: [] },
  publicAddress: {},
  subnet: {},
  tags: new Map(),
  userData: () => undefined,
  hasIpv6: false,
};
