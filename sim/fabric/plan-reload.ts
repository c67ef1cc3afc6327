/**
 * What turns one fabric into another: the namespaces that come and go, and in those that stay only what differs. A namespace with
 * a single link whose addresses, settings or link change is made anew, as AWS replaces a machine for such a change. Pure.
 */
import type { FabricLink, IpText } from '../compile/index.ts';
import { type LineChange, planLineChanges } from './plan-line-changes.ts';
import type { AppliedFabric } from './protocol.ts';

export interface ReloadPlan {
  readonly added: readonly string[];
  readonly removed: readonly string[];
  /** Gone and made again under their names. */
  readonly remade: readonly string[];
  /** These stay, and something in them changes. */
  readonly touched: readonly string[];
  readonly unchanged: readonly string[];
  /** Deleted before others take their names. */
  readonly linksReplaced: readonly FabricLink[];
  readonly linksMade: readonly FabricLink[];
  /** Deleted last. */
  readonly linksGone: readonly FabricLink[];
  /** Of touched namespaces, written before anything else changes in them. */
  readonly sysctls: AppliedFabric['sysctls'];
  /** Written afterwards: to switch a family off takes its routes along. */
  readonly lateSysctls: AppliedFabric['sysctls'];
  readonly rules: Readonly<Record<string, RulesChange>>;
  readonly lines: Readonly<Record<string, Readonly<Record<keyof IpText, LineChange>>>>;
}

/** Text for `nft -f`: one transaction that puts new rules in the place of old ones. */
export interface RulesChange {
  readonly text: string;
  readonly undo: string;
}

export function planReload(before: AppliedFabric, after: AppliedFabric): ReloadPlan {
  const [had, has] = [new Set(before.namespaces), new Set(after.namespaces)];
  const stay = after.namespaces.filter((name) => had.has(name));
  const [shapeBefore, shapeAfter] = [shapesOf(before), shapesOf(after)];
  const remade = stay.filter((name) => shapeBefore.get(name) !== shapeAfter.get(name));
  const added = after.namespaces.filter((name) => !had.has(name));
  const removed = before.namespaces.filter((name) => !has.has(name));
  const links = planLinks(before, after, new Set([...remade, ...added, ...removed]));
  const kept = stay.filter((name) => !remade.includes(name));
  const settings = Object.entries(changed(kept, before.sysctls, after.sysctls));
  const isLate = (values: Readonly<Record<string, string>>) => values['ipv6/conf/all/disable_ipv6'] === '1';
  const sysctls = Object.fromEntries(settings.filter(([, values]) => !isLate(values)));
  const lateSysctls = Object.fromEntries(settings.filter(([, values]) => isLate(values)));
  const rules = planRules(kept, before.rules, after.rules);
  const lines = planLines(kept, { before, after, replaced: links.linksReplaced });
  const isTouched = (name: string) => [sysctls, lateSysctls, rules, lines].some((changes) => name in changes);
  return {
    added,
    removed,
    remade,
    touched: kept.filter(isTouched),
    unchanged: kept.filter((name) => !isTouched(name)),
    ...links,
    sysctls,
    lateSysctls,
    rules,
    lines,
  };
}

/** Of namespaces with a single link: all that cannot change while they stay. */
function shapesOf(fabric: AppliedFabric): ReadonlyMap<string, string> {
  const links = new Map(fabric.links.map(({ far, text }) => [far.namespace, text]));
  return new Map(
    fabric.ends.map((end) => {
      const { namespace } = end;
      return [namespace, JSON.stringify([end, fabric.sysctls[namespace], links.get(namespace)])];
    }),
  );
}

const ends = ({ near, far }: FabricLink) => [near, far].map(({ namespace, link }) => `${namespace} ${link}`);

function planLinks(
  before: AppliedFabric,
  after: AppliedFabric,
  moving: ReadonlySet<string>,
): Pick<ReloadPlan, 'linksReplaced' | 'linksMade' | 'linksGone'> {
  const [had, has] = [before, after].map(({ links }) => new Set(links.map(({ text }) => text)));
  const isMoving = ({ near, far }: FabricLink) => moving.has(near.namespace) || moving.has(far.namespace);
  const linksMade = after.links.filter((link) => isMoving(link) || !had?.has(link.text));
  const gone = before.links.filter((link) => isMoving(link) || !has?.has(link.text));
  const names = new Set(linksMade.flatMap(ends));
  const isReplaced = (link: FabricLink) => ends(link).some((name) => names.has(name));
  return {
    linksMade,
    linksReplaced: gone.filter(isReplaced),
    linksGone: gone.filter((link) => !isReplaced(link)),
  };
}

function changed<T>(
  names: readonly string[],
  before: Readonly<Record<string, T>>,
  after: Readonly<Record<string, T>>,
): Readonly<Record<string, T>> {
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = after[name];
      return value === undefined || JSON.stringify(before[name]) === JSON.stringify(value)
        ? []
        : [[name, value]];
    }),
  );
}

function planRules(
  names: readonly string[],
  before: AppliedFabric['rules'],
  after: AppliedFabric['rules'],
): ReloadPlan['rules'] {
  return Object.fromEntries(
    names.flatMap((name) => {
      const [old = '', young = ''] = [before[name], after[name]];
      return old === young
        ? []
        : [[name, { text: `${removal(old)}${young}`, undo: `${removal(young)}${old}` }]];
    }),
  );
}

/** Takes the tables of a text away, whether they are there or not. */
export function removal(text: string): string {
  const tables = [...text.matchAll(/^table (\w+ \w+) \{$/gm)].map(([, name = '']) => name);
  return tables.map((name) => `table ${name}\ndelete table ${name}\n`).join('');
}

function planLines(
  names: readonly string[],
  {
    before,
    after,
    replaced,
  }: {
    readonly before: AppliedFabric;
    readonly after: AppliedFabric;
    readonly replaced: readonly FabricLink[];
  },
): ReloadPlan['lines'] {
  return Object.fromEntries(
    names.flatMap((name) => {
      // What stood on a link goes with it.
      const isLost = lostWith(replaced, name);
      const change = (family: keyof IpText) =>
        planLineChanges(
          linesOf(before.addresses[name]?.[family]).filter((line) => !isLost(line)),
          linesOf(after.addresses[name]?.[family]),
        );
      const [ipv4, ipv6] = [change('ipv4'), change('ipv6')];
      return ipv4.lines.length + ipv6.lines.length === 0 ? [] : [[name, { ipv4, ipv6 }]];
    }),
  );
}

/** Whether a line of a namespace goes when these links do. */
export function lostWith(links: readonly FabricLink[], namespace: string): (line: string) => boolean {
  const lost = new Set(
    links
      .flatMap(({ near, far }) => [near, far])
      .filter((end) => end.namespace === namespace)
      .map(({ link }) => link),
  );
  return (line) => lost.has(/(?: dev |^link set )(\S+)/.exec(line)?.[1] ?? '');
}

export function linesOf(text = ''): readonly string[] {
  return text.split('\n').filter((line) => line !== '');
}
