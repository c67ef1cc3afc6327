/**
 * The facts of a witness as they stand in its table, typed. Every cell is checked; a table that says something else than
 * this grammar is refused with its line, so that no fact is passed over.
 */

import { DrydockError } from '../errors.ts';
import type { Traffic } from '../prove/index.ts';

export type Told = 'yes' | 'no' | 'unknown';

export interface Fact {
  /** An endpoint, `internet`, or an IP address. */
  readonly from: string;
  readonly to: string;
  readonly family: 4 | 6;
  /** Sent to the public address of the endpoint, where it has a private one as well. */
  readonly isToPublicAddress: boolean;
  /** Without a source port the fact holds for all from 1024 to 65535. */
  readonly traffic: FactTraffic;
  readonly delivered: Told;
  readonly answered: Told;
  /** What refuses, or what makes it unknown. Empty where the fact does not say. */
  readonly decidedBy: string;
  readonly why: string;
  /** For messages: the row as it is written. */
  readonly text: string;
}

export type FactTraffic =
  | { readonly protocol: 'tcp' | 'udp'; readonly port: number; readonly sourcePort?: number }
  | Exclude<Traffic, { readonly protocol: 'tcp' | 'udp' }>;

const HEADER = '| from | to | traffic | delivered | answered | decided by | why |';
const TRAFFIC =
  /^(?<what>\S+(?: \d+)?)(?: from (?<source>\d+))?(?<public> to public address)?(?<six> over IPv6)?$/;
const CELLS = 7;

/** @throws DrydockError SIM_INPUT_INVALID naming file and line. */
export function parseFacts(file: string, text: string): readonly Fact[] {
  const lines = text.split('\n');
  const header = lines.indexOf(HEADER);
  if (header < 0) throw malformed(file, 1, 'it has no table of facts');
  const rows = lines.slice(header + 2).filter((line) => line.trim() !== '');
  if (rows.length === 0) throw malformed(file, header + 1, 'its table has no rows');
  return rows.map((row, index) => parseRow(row, (reason) => malformed(file, header + 3 + index, reason)));
}

function parseRow(row: string, refuse: (reason: string) => Error): Fact {
  const cells = row
    .split('|')
    .slice(1, -1)
    .map((cell) => cell.trim());
  if (cells.length !== CELLS) throw refuse(`a row has ${CELLS} cells`);
  const [from = '', to = '', traffic = '', delivered = '', answered = '', decidedBy = '', why = ''] = cells;
  const groups = TRAFFIC.exec(traffic)?.groups;
  if (groups === undefined) throw refuse(`"${traffic}" is no traffic`);
  const family = groups.six === undefined ? 4 : 6;
  return {
    from,
    to,
    family,
    isToPublicAddress: groups.public !== undefined,
    traffic: parseTraffic(groups.what ?? '', { source: groups.source, family, refuse }),
    delivered: parseTold(delivered, refuse),
    answered: parseTold(answered, refuse),
    decidedBy,
    why,
    text: row,
  };
}

interface TrafficContext {
  readonly source: string | undefined;
  readonly family: 4 | 6;
  readonly refuse: (reason: string) => Error;
}

function parseTraffic(what: string, { source, family, refuse }: TrafficContext): FactTraffic {
  const [, protocol, port] = /^(tcp|udp)\/(\d+)$/.exec(what) ?? [];
  if (protocol === 'tcp' || protocol === 'udp') {
    return { protocol, port: Number(port), ...(source !== undefined && { sourcePort: Number(source) }) };
  }
  if (source !== undefined) throw refuse(`"${what}" has no source port`);
  if (what === 'icmp') return { protocol: 'icmp', type: family === 4 ? 8 : 128, code: 0 };
  const [, type, code] = /^icmp\/(\d+)\/(\d+)$/.exec(what) ?? [];
  if (type !== undefined) return { protocol: 'icmp', type: Number(type), code: Number(code) };
  const [, number] = /^protocol (\d+)$/.exec(what) ?? [];
  if (number === undefined) throw refuse(`"${what}" is no traffic`);
  return { protocol: Number(number) };
}

function parseTold(text: string, refuse: (reason: string) => Error): Told {
  if (text === 'yes' || text === 'no' || text === 'unknown') return text;
  throw refuse(`"${text}" is neither yes, no nor unknown`);
}

function malformed(file: string, line: number, reason: string): DrydockError {
  return new DrydockError(
    'SIM_INPUT_INVALID',
    `could not read ${file}:${line}: ${reason}; correct the table`,
  );
}
