/**
 * Turns the running fabric into another one. Everything is tried out first where it can be; what fails afterwards is taken back
 * step by step, so that the old network stays in force. Connections that live on are never forgotten.
 */
import { DrydockError } from '../../errors.ts';
import { linesOf, lostWith, planReload, type ReloadPlan } from '../plan-reload.ts';
import type { AppliedFabric, ReloadedNamespaces } from '../protocol.ts';
import type { Machines } from './machines.ts';
import {
  attempt,
  configureEnds,
  createLinks,
  createNamespaces,
  deleteLinks,
  deleteNamespaces,
  type FabricContext,
  hasIpv6,
  ipBatch,
  loadRules,
  writeAddresses,
  writeSettings,
} from './make-namespaces.ts';

export interface ReloadContext extends FabricContext {
  readonly machines: Machines;
  /** Whatever else holds namespaces open that are about to be deleted. */
  readonly letGoOf: (namespaces: readonly string[]) => void;
  /** Runs when new namespaces and links are there and still down: what is broken is so from the first packet. */
  readonly breakLinks: () => void;
  /** As they were broken before. */
  readonly breakLinksAsBefore: () => void;
}

/** @throws DrydockError SIM_RELOAD_FAILED; the old network is in force then, or the message says that it is not. */
export async function reloadFabric(
  { before, after }: { readonly before: AppliedFabric; readonly after: AppliedFabric },
  context: ReloadContext,
): Promise<ReloadedNamespaces> {
  const plan = planReload(before, after);
  tryOut(plan, after, context);
  // Their interfaces go, whatever happens next.
  await context.machines.stopIn(plan.remade);
  context.letGoOf(plan.remade);
  runSteps(stepsOf(plan, { before, after }, context));
  await context.machines.stopIn(plan.removed);
  context.letGoOf(plan.removed);
  deleteLinks(plan.linksGone, context);
  deleteNamespaces(plan.removed, context);
  const { added, removed, remade, touched, unchanged } = plan;
  return { added, removed, remade, touched, unchanged };
}

/** In the supervisor's own network namespace, in which nothing else is. All at once, for the kernel waits each time. */
function tryOut(plan: ReloadPlan, after: AppliedFabric, { nft }: FabricContext): void {
  const texts = [...plan.added, ...plan.remade, ...Object.keys(plan.rules)].flatMap((namespace) => {
    const text = after.rules[namespace];
    return text === undefined ? [] : [{ namespace, text }];
  });
  const together = texts.map(({ text }, index) =>
    text.replaceAll(/^table (\w+) (\w+) \{$/gm, `table $1 $2_${index} {`),
  );
  try {
    nft.check(together.join(''));
  } catch (error) {
    for (const { namespace, text } of texts) {
      try {
        nft.check(text);
      } catch (one) {
        throw failed(`the rules of ${namespace} cannot be loaded: ${reasonOf(one)}`);
      }
    }
    throw failed(`its rules cannot be loaded: ${reasonOf(error)}`);
  }
}

interface Step {
  readonly run: () => void;
  readonly undo: () => void;
}

interface Both {
  readonly before: AppliedFabric;
  readonly after: AppliedFabric;
}

function stepsOf(plan: ReloadPlan, { before, after }: Both, context: ReloadContext): readonly Step[] {
  const fresh = [...plan.added, ...plan.remade];
  const [old, young] = [only(before, plan.remade), only(after, fresh)];
  return [
    {
      run() {
        deleteLinks(plan.linksReplaced, context);
        deleteNamespaces(plan.remade, context);
      },
      undo() {
        createNamespaces(plan.remade, context);
        writeSettings(old.sysctls, context);
        createLinks(plan.linksReplaced, context);
        loadRules(old.rules, context);
        configureEnds(old.ends, context);
        writeAddresses(old.addresses, context);
        restoreLost(plan, before, context);
      },
    },
    {
      run() {
        createNamespaces(fresh, context);
        writeSettings({ ...plan.sysctls, ...young.sysctls }, context);
        createLinks(plan.linksMade, context);
      },
      undo() {
        writeSettings(only(before, Object.keys(plan.sysctls)).sysctls, context);
        // What was not made cannot be deleted.
        for (const link of plan.linksMade) tryTo(() => deleteLinks([link], context));
        for (const name of fresh) tryTo(() => deleteNamespaces([name], context));
      },
    },
    {
      run() {
        context.breakLinks();
        loadRules(young.rules, context);
        configureEnds(young.ends, context);
        writeAddresses(young.addresses, context);
      },
      undo: context.breakLinksAsBefore,
    },
    ...Object.entries(plan.rules).map(([namespace, { text, undo }]) => ({
      run: () => loadRules({ [namespace]: text }, context),
      undo: () => loadRules({ [namespace]: undo }, context),
    })),
    ...Object.entries(plan.lines).map(([namespace, { ipv4, ipv6 }]) => ({
      run: () => runLines(namespace, { ipv4: ipv4.lines, ipv6: ipv6.lines }, context),
      // Some of them may not have run: what cannot be taken back was not done.
      undo: () => runLines(namespace, { ipv4: ipv4.undo, ipv6: ipv6.undo }, context, '-force'),
    })),
    {
      run: () => writeSettings(plan.lateSysctls, context),
      undo: () => writeSettings(only(before, Object.keys(plan.lateSysctls)).sysctls, context),
    },
  ];
}

function runSteps(steps: readonly Step[]): void {
  const done: Step[] = [];
  try {
    for (const step of steps) {
      done.push(step);
      step.run();
    }
  } catch (error) {
    const lost = done.reverse().flatMap(({ undo }) => {
      try {
        undo();
        return [];
      } catch (again) {
        return [reasonOf(again)];
      }
    });
    const [first] = lost;
    throw failed(
      first === undefined
        ? reasonOf(error)
        : `${reasonOf(error)}, and the old network could not be put back: ${first}`,
    );
  }
}

interface Lines {
  readonly ipv4: readonly string[];
  readonly ipv6: readonly string[];
}

function runLines(
  namespace: string,
  { ipv4, ipv6 }: Lines,
  context: FabricContext,
  ...options: string[]
): void {
  attempt(`route in ${namespace}`, () =>
    context.namespaces.runSync(namespace, () => {
      try {
        ipBatch(context, ipv4, ...options);
        if (hasIpv6()) ipBatch(context, ipv6, '-6', ...options);
      } catch (error) {
        // With `-force` every line runs, and `ip` still tells that one failed.
        if (options.length === 0) throw error;
      }
    }),
  );
}

/** Routes over links that were deleted and are there again. */
function restoreLost(plan: ReloadPlan, before: AppliedFabric, context: FabricContext): void {
  const touching = new Set(plan.linksReplaced.flatMap(({ near, far }) => [near.namespace, far.namespace]));
  for (const namespace of [...touching].filter((name) => !plan.remade.includes(name))) {
    const isLost = lostWith(plan.linksReplaced, namespace);
    const { ipv4, ipv6 } = before.addresses[namespace] ?? { ipv4: '', ipv6: '' };
    runLines(
      namespace,
      { ipv4: linesOf(ipv4).filter(isLost), ipv6: linesOf(ipv6).filter(isLost) },
      context,
      '-force',
    );
  }
}

function tryTo(action: () => void): void {
  try {
    action();
  } catch {
    return;
  }
}

/** The parts of some namespaces. */
function only(fabric: AppliedFabric, names: readonly string[]) {
  const wanted = new Set(names);
  const pick = <T>(of: Readonly<Record<string, T>>): Readonly<Record<string, T>> =>
    Object.fromEntries(Object.entries(of).filter(([name]) => wanted.has(name)));
  return {
    sysctls: pick(fabric.sysctls),
    rules: pick(fabric.rules),
    addresses: pick(fabric.addresses),
    ends: fabric.ends.filter(({ namespace }) => wanted.has(namespace)),
  };
}

function reasonOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.replace(/;[^;]*$/, '');
}

function failed(reason: string): DrydockError {
  return new DrydockError(
    'SIM_RELOAD_FAILED',
    `could not reload the network: ${reason}; the old one stays, correct the configuration and reload again`,
  );
}
