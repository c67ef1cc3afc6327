/**
 * The resolver's answer to one DNS message (RFC 1035), bytes to bytes: names of the VPC; NXDOMAIN for what its private zones do not
 * have; REFUSED for everything else, for there is no internet to ask.
 */
import { BlockList, isIPv4, isIPv6 } from 'node:net';
import {
  type Answer,
  type DecodedPacket,
  decode,
  encode,
  type Question,
  RECURSION_AVAILABLE,
  RECURSION_DESIRED,
  TRUNCATED_RESPONSE,
} from 'dns-packet';
import type { ResolverNames } from './local-services.ts';

export interface QueryResolver {
  /** Undefined: no query at all, and not worth a word. */
  answer(message: Buffer, transport: 'udp' | 'tcp'): Buffer | undefined;
}

/** RFC 1035 §4.1.1. */
export const codes = { none: 0, malformed: 1, notExisting: 3, notImplemented: 4, refused: 5 } as const;

const secondsToLive = 60;
/** Of those who do not say that they take more (RFC 1035 §4.2.1). */
const datagramBytes = 512;

interface Found {
  readonly code: number;
  readonly answers: readonly Answer[];
}

export function openQueryResolver(names: ResolverNames): QueryResolver {
  const ranges = new BlockList();
  for (const range of names.reverseRanges) {
    const [address = '', prefix] = range.split('/');
    ranges.addSubnet(address, Number(prefix), 'ipv4');
  }
  const find = ({ type, name, class: space }: Question): Found => {
    const asked = name.toLowerCase();
    if (space !== 'IN') return { code: codes.refused, answers: [] };
    const reverse = own(names.reverse, asked);
    if (reverse !== undefined) {
      return {
        code: codes.none,
        answers: type === 'PTR' ? [{ type, name, ttl: secondsToLive, data: reverse }] : [],
      };
    }
    const addresses = addressesFor(names, asked);
    if (addresses !== undefined) {
      const isAsked = type === 'A' ? isIPv4 : type === 'AAAA' ? isIPv6 : () => false;
      const answers = addresses.filter((address) => isAsked(address));
      return {
        code: codes.none,
        answers: answers.map((data) => ({
          type: type === 'A' ? 'A' : 'AAAA',
          name,
          ttl: secondsToLive,
          data,
        })),
      };
    }
    const isOurs = names.zones.some((zone) => isBelow(asked, zone)) || isOwnReverse(asked, ranges);
    return { code: isOurs ? codes.notExisting : codes.refused, answers: [] };
  };
  return { answer: (message, transport) => answerMessage(message, transport, find) };
}

function answerMessage(
  message: Buffer,
  transport: 'udp' | 'tcp',
  find: (question: Question) => Found,
): Buffer | undefined {
  const query = decoded(message);
  if (query === undefined) return undefined;
  if (query === 'malformed') return encoded(message.readUInt16BE(0), codes.malformed);
  // An answer is never answered: two resolvers would talk forever.
  if (query.flag_qr) return undefined;
  const { id = 0, questions = [] } = query;
  const [question, ...others] = questions;
  if (opcodeOf(query) !== 0) return encoded(id, codes.notImplemented);
  if (question === undefined || others.length > 0) return encoded(id, codes.malformed);
  const { code, answers } = find(question);
  const flags = code | (query.flag_rd ? RECURSION_DESIRED : 0);
  const whole = encoded(id, flags, { questions, answers: [...answers] });
  const isTooLong = transport === 'udp' && whole.length > datagramBytes;
  return isTooLong ? encoded(id, flags | TRUNCATED_RESPONSE, { questions }) : whole;
}

function encoded(
  id: number,
  flags: number,
  rest: { questions?: Question[]; answers?: Answer[] } = {},
): Buffer {
  return encode({ type: 'response', id, flags: flags | RECURSION_AVAILABLE, ...rest });
}

function decoded(message: Buffer): DecodedPacket | 'malformed' | undefined {
  // Not even a header.
  if (message.length < 12) return undefined;
  try {
    return decode(message);
  } catch {
    const isResponse = (message.readUInt16BE(2) & 0x8000) !== 0;
    return isResponse ? undefined : 'malformed';
  }
}

function opcodeOf({ flags = 0 }: DecodedPacket): number {
  return (flags >> 11) & 0xf;
}

function addressesFor(names: ResolverNames, asked: string): readonly string[] | undefined {
  const exact = own(names.exact, asked);
  if (exact !== undefined) return exact;
  const above = Object.keys(names.below).find((name) => isBelow(asked, name));
  return above === undefined ? undefined : names.below[above];
}

function own<Value>(record: Readonly<Record<string, Value>>, key: string): Value | undefined {
  return Object.hasOwn(record, key) ? record[key] : undefined;
}

function isBelow(name: string, zone: string): boolean {
  return name === zone || name.endsWith(`.${zone}`);
}

function isOwnReverse(name: string, ranges: BlockList): boolean {
  const [, digits = ''] = /^([\d.]+)\.in-addr\.arpa$/.exec(name) ?? [];
  const address = digits.split('.').reverse().join('.');
  return isIPv4(address) && ranges.check(address);
}
