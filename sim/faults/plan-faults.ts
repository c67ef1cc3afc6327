/**
 * All faults together as rules of the routers, tested before any of theirs, and as rates of links. Pure: the same faults on the same
 * fabric give the same bytes, and none gives none. A fault whose target a reload took away is nothing until it is there again.
 */
import type { CompiledFabric } from '../compile/index.ts';
import { isDrydockError } from '../errors.ts';
import type { Fault, FaultEffect } from './fault.ts';
import { type Party, type ResolvedTarget, resolveTarget } from './resolve-target.ts';

export interface LinkRate {
  readonly namespace: string;
  readonly link: string;
  readonly bitsPerSecond: number;
}

export interface FaultPlan {
  /** Text for `nft -f` by router, once `faultTable` is there, and only of those with faults; where they are healed, `noFaults`. */
  readonly rules: Readonly<Record<string, string>>;
  readonly rates: readonly LinkRate[];
}

/** Shares are counted in hundredths of a percent. */
const allOf = 10_000;

/** In force at once: each is a few rules that every packet meets. */
export const faultsMax = 64;

type Hook = 'prerouting' | 'forward' | 'postrouting';

interface Line {
  readonly router: string;
  readonly hook: Hook;
  readonly text: string;
}

export function planFaults(faults: readonly Fault[], fabric: CompiledFabric): FaultPlan {
  const resolved = faults.flatMap(({ target, effect }) => {
    try {
      return [{ effect, target: resolveTarget(target, fabric) }];
    } catch (error) {
      if (isDrydockError(error) && error.code === 'SIM_ENDPOINT_UNKNOWN') return [];
      throw error;
    }
  });
  const lines = resolved.flatMap(({ target, effect }) => linesOf(target, effect, fabric));
  const routers = [...new Set(lines.map(({ router }) => router))];
  return {
    rules: Object.fromEntries(
      routers.map((router) => [router, rulesText(lines.filter((line) => line.router === router))]),
    ),
    rates: ratesOf(resolved, fabric),
  };
}

/** Before everything that a router does with a packet; on the way out after it. */
const hooks: Readonly<Record<Hook, number>> = { prerouting: -400, forward: -400, postrouting: 400 };

/**
 * Loaded once into a router, before its first fault. The table and its chains stay: to take one away, or to name it again, the kernel
 * waits until no packet is in it, some ten milliseconds.
 */
export const faultTable = [
  'table inet faults {',
  ...(Object.keys(hooks) as Hook[]).map(
    (hook) => `  chain f_${hook} { type filter hook ${hook} priority ${hooks[hook]}; policy accept;\n  }`,
  ),
  '}',
  '',
].join('\n');

function rulesText(lines: readonly Line[]): string {
  return [
    ...Object.keys(hooks).map((hook) => `flush chain inet faults f_${hook}`),
    ...lines.map(({ hook, text }) => `add rule inet faults f_${hook} ${text}`),
    '',
  ].join('\n');
}

/** For a router that had faults. */
export const noFaults = rulesText([]);

function linesOf(target: ResolvedTarget, effect: FaultEffect, fabric: CompiledFabric): readonly Line[] {
  // A link has a rate; nothing need be dropped for it.
  if (effect.kind === 'bandwidth') return [];
  if (target.kind === 'ways') {
    return target.ways.flatMap((way) => wayLines(way, fabric).map((line) => dropped(line, effect)));
  }
  return linksOf(target.parties, fabric).flatMap(({ router, links }) => [
    dropped({ router, hook: 'prerouting', text: `iifname { ${links} } ` }, effect),
    dropped({ router, hook: 'postrouting', text: `oifname { ${links} } ` }, effect),
  ]);
}

/** Multicast of the link itself included: nothing passes. */
function dropped({ text, ...line }: Line, effect: Exclude<FaultEffect, { kind: 'bandwidth' }>): Line {
  const share = effect.kind === 'cut' ? allOf : Math.round(effect.percent * 100);
  const chance = share >= allOf ? '' : `numgen random mod ${allOf} < ${share} `;
  return { ...line, text: `${text}${chance}drop` };
}

/** By router, quoted. */
function linksOf(parties: readonly Party[], { routers }: CompiledFabric) {
  const pairs = parties.flatMap((party) =>
    party.kind === 'port'
      ? [{ router: party.port.router, link: party.port.link }]
      : routers.flatMap(({ namespace, outsideLinks }) =>
          outsideLinks.map((link) => ({ router: namespace, link })),
        ),
  );
  return [...Map.groupBy(pairs, ({ router }) => router)].map(([router, own]) => ({
    router,
    links: quoted(own.map(({ link }) => link)),
  }));
}

function quoted(links: readonly string[]): string {
  return [...new Set(links)].map((link) => `"${link}"`).join(', ');
}

/** At the router that the sender is joined to: no address has been translated there yet. */
function wayLines({ from, to }: { from: Party; to: Party }, fabric: CompiledFabric): readonly Line[] {
  if (from.kind === 'port' && to.kind === 'port') {
    const { privateAddress, publicAddress, ipv6Address } = to.port;
    const ipv4 = [privateAddress, ...(publicAddress === undefined ? [] : [publicAddress])].join(', ');
    const line = (match: string): Line => ({
      router: from.port.router,
      hook: 'prerouting',
      text: `iifname "${from.port.link}" ${match} `,
    });
    return [
      line(`ip daddr { ${ipv4} }`),
      ...(ipv6Address === undefined ? [] : [line(`ip6 daddr ${ipv6Address}`)]),
    ];
  }
  const [port] = [from, to].flatMap((party) => (party.kind === 'port' ? [party.port] : []));
  if (port === undefined) return [];
  const outside = quoted([
    ...fabric.routers.filter(({ namespace }) => namespace === port.router).flatMap((one) => one.outsideLinks),
    ...fabric.natGateways.filter(({ router }) => router === port.router).map(({ link }) => link),
  ]);
  const own = `"${port.link}"`;
  const text =
    from.kind === 'port'
      ? `iifname ${own} oifname { ${outside} } `
      : `iifname { ${outside} } oifname ${own} `;
  return [{ router: port.router, hook: 'forward', text }];
}

/** Bytes: a hundredth of a second, and at least a few whole packets. */
export function burstOf(bytesPerSecond: number): number {
  return Math.max(Math.round(bytesPerSecond / 100), 16_384);
}

/** Both ends of a link shape what they send; of several rates the lowest counts. */
function ratesOf(
  resolved: readonly { readonly target: ResolvedTarget; readonly effect: FaultEffect }[],
  { routers }: CompiledFabric,
): readonly LinkRate[] {
  const rates = new Map<string, LinkRate>();
  for (const { target, effect } of resolved) {
    if (effect.kind !== 'bandwidth' || target.kind !== 'all-links') continue;
    const { bitsPerSecond } = effect;
    for (const end of target.parties.flatMap((party) => endsOf(party, routers))) {
      const key = `${end.namespace} ${end.link}`;
      const known = rates.get(key);
      if (known === undefined || known.bitsPerSecond > bitsPerSecond)
        rates.set(key, { ...end, bitsPerSecond });
    }
  }
  return [...rates.values()];
}

function endsOf(party: Party, routers: CompiledFabric['routers']) {
  if (party.kind === 'port') {
    const { router, link, namespace } = party.port;
    return [
      { namespace: router, link },
      { namespace, link: 'eth0' },
    ];
  }
  return routers.flatMap(({ namespace, outsideLinks }) => outsideLinks.map((link) => ({ namespace, link })));
}
