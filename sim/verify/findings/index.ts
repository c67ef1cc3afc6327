/** Every check, in the order in which its findings are told among those of equal severity. */

import type { Check } from '../checks.ts';
import { checkAnswersDropped } from './answers-dropped.ts';
import { checkDeadRoutes } from './dead-routes.ts';
import { checkDeadRules } from './dead-rules.ts';
import { checkAdminPorts, checkDatabasePorts } from './internet-ports.ts';
import { checkPlainHttp, checkPlainTargets } from './plain-http.ts';
import { checkPrivateSubnets } from './private-subnets.ts';
import {
  checkDefaultGroup,
  checkDefaultVpc,
  checkEveryMachinePublic,
  checkIpv6Wider,
} from './public-machines.ts';
import { checkShadowedRules } from './shadowed-rules.ts';
import { checkUnusedGroups } from './unused-groups.ts';
import {
  checkGroupEgress,
  checkImagePull,
  checkPublicAddresses,
  checkSubnetWaysOut,
  checkZoneNatGateways,
} from './ways-out.ts';
import {
  checkEndpointPeers,
  checkEphemeralPorts,
  checkForeignRanges,
  checkUnrestrictedEgress,
} from './wide-rules.ts';

export const checks: readonly Check[] = [
  checkAdminPorts,
  checkDatabasePorts,
  checkPrivateSubnets,
  checkAnswersDropped,
  checkDeadRoutes,
  checkShadowedRules,
  checkDeadRules,
  checkIpv6Wider,
  checkEveryMachinePublic,
  checkDefaultGroup,
  checkForeignRanges,
  checkEndpointPeers,
  checkZoneNatGateways,
  checkPublicAddresses,
  checkImagePull,
  checkDefaultVpc,
  checkUnrestrictedEgress,
  checkEphemeralPorts,
  checkSubnetWaysOut,
  checkGroupEgress,
  checkUnusedGroups,
  checkPlainHttp,
  checkPlainTargets,
];
