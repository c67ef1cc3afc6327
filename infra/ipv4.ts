/** IPv4 ranges as pairs of numbers: enough to check that subnets nest and do not overlap. Not for IPv6. */

export interface Ipv4Range {
  readonly first: number;
  readonly last: number;
}

/** @returns undefined where the text is no dotted quad. */
export function parseIpv4(text: string): number | undefined {
  const octets = text.split('.');
  if (
    octets.length !== 4 ||
    !octets.every((octet) => /^(0|[1-9]\d{0,2})$/.test(octet) && Number(octet) < 256)
  ) {
    return undefined;
  }
  return octets.reduce((address, octet) => address * 256 + Number(octet), 0);
}

/** @returns undefined where the text is no CIDR, or has bits set behind its prefix (AWS would move it silently). */
export function parseIpv4Cidr(text: string): Ipv4Range | undefined {
  const match = /^([\d.]+)\/(\d|[12]\d|3[0-2])$/.exec(text);
  const first = parseIpv4(match?.[1] ?? '');
  if (match === null || first === undefined) return undefined;
  const size = 2 ** (32 - Number(match[2]));
  return first % size === 0 ? { first, last: first + size - 1 } : undefined;
}

export function contains(outer: Ipv4Range, inner: Ipv4Range): boolean {
  return outer.first <= inner.first && inner.last <= outer.last;
}

export function overlaps(one: Ipv4Range, other: Ipv4Range): boolean {
  return one.first <= other.last && other.first <= one.last;
}
