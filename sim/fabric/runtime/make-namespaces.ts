/** Steps that build and take down namespaces of a fabric, for its start and for a reload alike. Nothing of the machine's own is touched. */
import { existsSync, writeFileSync } from 'node:fs';
import type { FabricLink } from '../../compile/index.ts';
import { DrydockError } from '../../errors.ts';
import { linesOf } from '../plan-reload.ts';
import type { AppliedFabric } from '../protocol.ts';
import { configureEnd } from './configure-end.ts';
import type { NamespaceSwitch } from './namespace-switch.ts';
import type { Nft } from './nft.ts';
import { run } from './run.ts';
import type { Tools } from './tools.ts';

export interface FabricContext {
  readonly tools: Tools;
  readonly nft: Nft;
  readonly namespaces: NamespaceSwitch;
}

/** Runs `ip -batch` in the namespace that the thread is in. */
export function ipBatch(
  { tools }: Pick<FabricContext, 'tools'>,
  lines: readonly string[],
  ...options: string[]
) {
  if (lines.length > 0) run(tools.ip, [...options, '-batch', '-'], lines.map((line) => `${line}\n`).join(''));
}

export function hasIpv6(): boolean {
  return existsSync('/proc/sys/net/ipv6');
}

export function createNamespaces(names: readonly string[], context: FabricContext): void {
  attempt('create namespaces', () =>
    ipBatch(
      context,
      names.map((name) => `netns add ${name}`),
    ),
  );
}

/** Settings before links: a link keeps those that it was born with. */
export function writeSettings(sysctls: AppliedFabric['sysctls'], { namespaces }: FabricContext): void {
  const isSpoken = hasIpv6();
  for (const [namespace, values] of Object.entries(sysctls)) {
    attempt(`set up ${namespace}`, () =>
      namespaces.runSync(namespace, () => {
        for (const [path, value] of Object.entries(values)) {
          // A kernel without IPv6 has no such switch, and nothing to switch off.
          if (isSpoken || !path.startsWith('ipv6/')) writeFileSync(`/proc/sys/net/${path}`, value);
        }
      }),
    );
  }
}

export function createLinks(links: readonly FabricLink[], context: FabricContext): void {
  attempt('create links', () =>
    ipBatch(
      context,
      links.map(({ text }) => text),
    ),
  );
}

/** No subnet's links have it. */
const doomedGroup = 64_999;

/** One end takes the other along. As a group, for the kernel waits some ten milliseconds each time. */
export function deleteLinks(links: readonly FabricLink[], context: FabricContext): void {
  for (const [namespace, own] of Map.groupBy(links, ({ near }) => near.namespace)) {
    const lines = [
      ...own.map(({ near }) => `link set ${near.link} group ${doomedGroup}`),
      `link del group ${doomedGroup}`,
    ];
    attempt(`delete links of ${namespace}`, () =>
      context.namespaces.runSync(namespace, () => ipBatch(context, lines)),
    );
  }
}

export function loadRules(rules: AppliedFabric['rules'], { namespaces, nft }: FabricContext): void {
  for (const [namespace, text] of Object.entries(rules)) {
    attempt(`load the rules of ${namespace}`, () => namespaces.runSync(namespace, () => nft.load(text)));
  }
}

export function configureEnds(ends: AppliedFabric['ends'], { namespaces }: FabricContext): void {
  for (const end of ends) {
    attempt(`address ${end.namespace}`, () => namespaces.runSync(end.namespace, () => configureEnd(end)));
  }
}

export function writeAddresses(addresses: AppliedFabric['addresses'], context: FabricContext): void {
  for (const [namespace, { ipv4, ipv6 }] of Object.entries(addresses)) {
    attempt(`address ${namespace}`, () =>
      context.namespaces.runSync(namespace, () => {
        ipBatch(context, linesOf(ipv4));
        if (hasIpv6()) ipBatch(context, linesOf(ipv6), '-6');
      }),
    );
  }
}

export function deleteNamespaces(names: readonly string[], context: FabricContext): void {
  for (const name of names) context.namespaces.forget(name);
  attempt('delete namespaces', () =>
    ipBatch(
      context,
      names.map((name) => `netns del ${name}`),
    ),
  );
}

export function attempt<T>(what: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new DrydockError(
      'SIM_FABRIC_FAILED',
      `could not ${what}: ${reason}; check that this kernel has nftables and veth (modprobe nf_tables veth)`,
    );
  }
}
