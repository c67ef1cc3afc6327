/** What a configuration's endpoints come to, one line each, so that tests can show them as a table. */

import type { NetworkInterface, VpcModel } from '../../../../../sim/vpc/model.ts';
import { modelOf, type Resources } from '../written-vpc.ts';

const short = (address: string) => address.replace(/^aws_(subnet|security_group)\./, '');

function row(one: NetworkInterface): string {
  const { endpoint, kind, subnet, publicAddress, ipv6Address, securityGroups, uncertain } = one;
  const flags = [
    ...(publicAddress === undefined ? [] : ['public']),
    ...(ipv6Address === undefined ? [] : ['ipv6']),
    ...(uncertain?.securityGroups === undefined ? [] : ['groups?']),
    ...(uncertain?.publicAddress === undefined ? [] : ['public?']),
  ];
  return [endpoint, kind, short(subnet), securityGroups.map(short).join(',') || 'unfiltered', ...flags].join(
    ' ',
  );
}

/** `endpoint kind subnet groups` and what else it has; `unplaced endpoint: reason`; `unmodelled address: touches`. */
export function rowsOf({ interfaces, unplaced, unmodelled }: VpcModel): readonly string[] {
  return [
    ...interfaces.map(row),
    ...unplaced.map(({ endpoint, cause }) => `unplaced ${endpoint}: ${cause.reason}`),
    ...unmodelled.map(({ address, touches }) => `unmodelled ${address}: ${touches}`),
  ];
}

export function endpointRows(resources: Resources, document: object = {}): readonly string[] {
  return rowsOf(modelOf(resources, document));
}
