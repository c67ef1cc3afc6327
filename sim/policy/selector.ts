/**
 * Selectors: the names that a policy uses for endpoints and for what is outside. A list is everything that one of its
 * entries names, without what an entry with `!` names. Selectors that nothing answers to are the caller's to report.
 */

import { containsCidr } from '../terraform/index.ts';
import { isPublic, outsideBlock, type Subject } from './subject.ts';

export interface Selector {
  readonly text: string;
  /** Whether it names the endpoint. */
  includes(subject: Subject): boolean;
  /** Whether it names all of a range outside, or of `internet`. */
  includesOutside(name: string): boolean;
  /** What it names outside, as it is written. */
  readonly outside: readonly string[];
  /** Each of its entries by itself, those that it excepts as well: what none of them names is misspelt. */
  readonly parts: readonly Selector[];
}

/** What may stand before a colon, and what of an endpoint it asks about. */
const FIELDS: Readonly<Record<string, (subject: Subject) => readonly (string | undefined)[]>> = {
  tier: ({ tier }) => [tier],
  kind: ({ kind }) => [kind],
  subnet: ({ subnet }) => [subnet],
  vpc: ({ vpc }) => [vpc],
  zone: ({ availabilityZone }) => [availabilityZone],
  'security-group': ({ securityGroups }) => securityGroups,
  tag: ({ tags }) => Object.entries(tags).map(([name, value]) => `${name}=${value}`),
};

export const selectorFields: readonly string[] = Object.keys(FIELDS);

export function compileSelector(entries: readonly string[]): Selector {
  const named = entries.filter((entry) => !entry.startsWith('!')).map(compileEntry);
  const excepted = entries
    .filter((entry) => entry.startsWith('!'))
    .map((entry) => compileEntry(entry.slice(1)));
  return {
    text: entries.join(', '),
    includes: (subject) =>
      named.some((entry) => entry.includes(subject)) && !excepted.some((entry) => entry.includes(subject)),
    includesOutside: (name) =>
      named.some((entry) => entry.includesOutside(name)) &&
      !excepted.some((entry) => entry.includesOutside(name)),
    outside: entries.filter((entry) => entry === 'internet' || outsideBlock(entry) !== undefined),
    parts: entries.length === 1 ? [] : entries.map((entry) => compileSelector([entry.replace(/^!/, '')])),
  };
}

type Entry = Pick<Selector, 'includes' | 'includesOutside'>;

function compileEntry(text: string): Entry {
  if (text === 'internet') return { includes: () => false, includesOutside: isOnInternet };
  const block = outsideBlock(text);
  if (block !== undefined) {
    return {
      includes: () => false,
      includesOutside: (name) => {
        if (name === 'internet') return block.prefix === 0;
        const other = outsideBlock(name);
        return other !== undefined && containsCidr(block, other);
      },
    };
  }
  const [field = '', ...rest] = text.split(':');
  const valuesOf = Object.hasOwn(FIELDS, field) ? FIELDS[field] : undefined;
  const pattern = globPattern(valuesOf === undefined ? text : rest.join(':'));
  const values = valuesOf ?? (({ endpoint, address }: Subject) => [endpoint, address]);
  return {
    includes: (subject) => values(subject).some((value) => value !== undefined && pattern.test(value)),
    includesOutside: () => false,
  };
}

function isOnInternet(name: string): boolean {
  const block = outsideBlock(name);
  return name === 'internet' || (block !== undefined && isPublic(block));
}

/** `*` is any run of characters; everything else, brackets too, is itself. */
function globPattern(text: string): RegExp {
  const parts = text.split('*').map((part) => part.replaceAll(/[\\^$.*+?()[\]{}|/]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`, 'su');
}
