/** A subnet whose name promises that it is private, and whose route table leads to an internet gateway. */

import type { Subnet } from '../../vpc/model.ts';
import { type Check, finding, question } from '../checks.ts';
import { internetRoutes } from '../model-index.ts';

/** As whole words of the Name tag or the Terraform name. */
const PRIVATE_WORDS: ReadonlySet<string> = new Set([
  'private',
  'priv',
  'internal',
  'isolated',
  'intra',
  'db',
  'database',
  'databases',
  'data',
  'rds',
]);

export const checkPrivateSubnets: Check = ({ index }) =>
  index.model.subnets.filter(isNamedPrivate).flatMap((subnet) => {
    const routes = internetRoutes(index, subnet);
    if (routes === 'unknown') {
      const causes = [
        subnet.uncertain?.routeTable,
        ...(index.routeTable(subnet.routeTable)?.routes.map(({ uncertain }) => uncertain) ?? []),
      ].flatMap((cause) => cause ?? []);
      return [
        question(
          `whether ${subnet.address}, named ${subnet.name}, has a route to an internet gateway`,
          causes,
        ),
      ];
    }
    const [route] = routes;
    if (route === undefined) return [];
    const target = route.target.kind === 'internet-gateway' ? route.target.address : '';
    return [
      finding('private-subnet-is-public', {
        address: subnet.address,
        place: subnet.place,
        message: `${subnet.address} is named "${subnet.name}", and its table ${subnet.routeTable} sends ${route.destinations.join(', ')} to ${target} (${route.address})`,
      }),
    ];
  });

export function isNamedPrivate({ name, address }: Pick<Subnet, 'name' | 'address'>): boolean {
  const words = [name, nameIn(address)].flatMap((text) => text.toLowerCase().split(/[^a-z]+/));
  return words.some((word) => PRIVATE_WORDS.has(word)) && !words.includes('public');
}

/** `module.x.aws_subnet.db["a"]` → `db["a"]`. */
function nameIn(address: string): string {
  return address.replace(/^.*\baws_(default_)?subnet\./, '');
}
