/** Puts a plan of faults in the place of the one in force: one transaction a router, and the rate of each link. */
import { type FaultPlan, faultTable, type LinkRate, noFaults } from '../../faults/index.ts';
import { clearRate, setRate } from '../link-rate-message.ts';
import { errors, libc } from './libc.ts';
import { attempt, type FabricContext } from './make-namespaces.ts';
import { netlinkFamilies, openNetlinkSocket } from './netlink-socket.ts';

export interface Faults {
  /** What is planned for links that are not there yet waits for `applyRates`. */
  applyRules(plan: FaultPlan): void;
  /** Routers that are gone. */
  forget(namespaces: readonly string[]): void;
  /** `areLinksNew`: some links may have been made again, without their rates. */
  applyRates(plan: FaultPlan, options?: { readonly areLinksNew: boolean }): void;
}

export function openFaults({ nft, namespaces }: FabricContext): Faults {
  let rules: FaultPlan['rules'] = {};
  let rates: readonly LinkRate[] = [];
  const hasTable = new Set<string>();
  const ask = (namespace: string, action: (link: number) => ReturnType<typeof setRate>, link: string) =>
    namespaces.runSync(namespace, () => {
      using socket = openNetlinkSocket(netlinkFamilies.route);
      const index = libc().if_nametoindex(link);
      return index === 0 ? errors.noEntry : (socket.ask([action(index)])[0]?.error ?? 0);
    });
  return {
    applyRules(plan) {
      for (const router of new Set([...Object.keys(rules), ...Object.keys(plan.rules)])) {
        const text = plan.rules[router] ?? noFaults;
        if (text === (rules[router] ?? noFaults) || !namespaces.exists(router)) continue;
        const prefix = hasTable.has(router) ? '' : faultTable;
        attempt(`break links of ${router}`, () => namespaces.runSync(router, () => nft.load(prefix + text)));
        hasTable.add(router);
      }
      rules = plan.rules;
    },
    forget(gone) {
      for (const router of gone) hasTable.delete(router);
      rules = Object.fromEntries(Object.entries(rules).filter(([router]) => !gone.includes(router)));
    },
    applyRates(plan, { areLinksNew } = { areLinksNew: false }) {
      const key = ({ namespace, link }: LinkRate) => `${namespace} ${link}`;
      const wanted = new Set(plan.rates.map(key));
      const inForce = new Map(rates.map((rate) => [key(rate), rate.bitsPerSecond]));
      // Where a link or its namespace is gone, so is its rate.
      for (const rate of rates.filter((one) => !wanted.has(key(one)) && namespaces.exists(one.namespace)))
        ask(rate.namespace, clearRate, rate.link);
      for (const rate of plan.rates) {
        if (!areLinksNew && inForce.get(key(rate)) === rate.bitsPerSecond) continue;
        const error = ask(rate.namespace, (link) => setRate(link, rate.bitsPerSecond), rate.link);
        if (error !== 0)
          attempt(`slow down ${rate.link} of ${rate.namespace}`, () => {
            throw new Error(`this kernel refuses a token bucket (errno ${error})`);
          });
      }
      rates = plan.rates;
    },
  };
}
