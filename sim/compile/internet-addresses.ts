/** The addresses that the internet sends from when nobody asks for others: documentation ranges (RFC 5737, RFC 3849), and none that the model has. */
import { containsAddress, formatAddress, parseAddress, parseCidr } from '../terraform/index.ts';
import type { VpcModel } from '../vpc/model.ts';
import type { InternetAddresses } from './links.ts';

const triesMax = 200n;

export function internetAddresses(model: VpcModel): InternetAddresses {
  const taken = [
    ...model.vpcs.flatMap(({ cidrs, ipv6Cidrs }) => [...cidrs, ...ipv6Cidrs]),
    ...model.gatewayEndpoints.flatMap(({ cidrs }) => cidrs),
    ...[...model.interfaces, ...model.natGateways].flatMap(({ publicAddress }) =>
      publicAddress === undefined ? [] : [`${publicAddress}/32`],
    ),
  ].flatMap((cidr) => parseCidr(cidr) ?? []);
  const firstFree = (text: string) => {
    const start = parseAddress(text);
    if (start === undefined) throw new TypeError(`${text} is no address`);
    for (let offset = 0n; offset < triesMax; offset++) {
      const address = { ...start, value: start.value + offset };
      if (!taken.some((cidr) => containsAddress(cidr, address))) return formatAddress(address);
    }
    return text;
  };
  return { address: firstFree('203.0.113.10'), ipv6Address: firstFree('2001:db8:ffff::10') };
}
