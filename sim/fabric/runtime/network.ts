/** The network in force: how it comes up, is changed, broken and watched. One change at a time. */
import type { FaultPlan } from '../../faults/index.ts';
import type { FlowInterval } from '../flow-logs/flow.ts';
import type { AppliedFabric, Methods, ReloadedNamespaces } from '../protocol.ts';
import { applyFabric } from './apply-fabric.ts';
import { openFaults } from './apply-faults.ts';
import { probeCapabilities } from './capabilities.ts';
import { type FlowRecorder, openFlowRecorder } from './flow-recorder.ts';
import type { Machines } from './machines.ts';
import type { FabricContext } from './make-namespaces.ts';
import { reloadFabric } from './reload-fabric.ts';

type NetworkMethod = 'apply' | 'reload' | 'setFaults' | 'flushFlowLogs';

export interface Network {
  readonly methods: {
    readonly [M in NetworkMethod]: (params: Methods[M]['request']) => Promise<Methods[M]['response']>;
  };
  /** @throws TypeError before it is up. */
  applied(): AppliedFabric;
}

export function openNetwork(
  context: FabricContext & { readonly machines: Machines },
  onInterval: (interval: FlowInterval) => void,
): Network {
  let inForce: AppliedFabric | undefined;
  let isReloading = false;
  let recorder: FlowRecorder | undefined;
  let faultPlan: FaultPlan = { rules: {}, rates: [] };
  const faults = openFaults(context);
  const applied = () => {
    if (inForce === undefined) throw new TypeError('the network is not up yet');
    return inForce;
  };

  const reload = async (before: AppliedFabric, after: AppliedFabric, plan: FaultPlan) => {
    // Its records name what refused in the old network.
    await recorder?.flush();
    let namespaces: ReloadedNamespaces;
    try {
      namespaces = await reloadFabric(
        { before, after },
        {
          ...context,
          letGoOf: (gone) => recorder?.forget(gone),
          breakLinks: () => faults.applyRules(plan),
          breakLinksAsBefore: () => faults.applyRules(faultPlan),
        },
      );
    } catch (error) {
      const kept = new Set(before.namespaces);
      faults.forget(after.namespaces.filter((name) => !kept.has(name)));
      recorder?.follow(before);
      throw error;
    }
    inForce = after;
    recorder?.follow(after);
    faults.forget(namespaces.removed);
    faults.applyRates(plan, { areLinksNew: true });
    faultPlan = plan;
    return namespaces;
  };

  return {
    applied,
    methods: {
      async apply({ fabric, flowLogs }) {
        const capabilities = probeCapabilities(context);
        applyFabric(fabric, context);
        inForce = fabric;
        if (flowLogs) recorder = openFlowRecorder(fabric, context, { ...flowLogs, onInterval });
        return capabilities;
      },
      async reload({ fabric, faults: plan }) {
        if (isReloading) throw new TypeError('another reload is under way');
        isReloading = true;
        try {
          return await reload(applied(), fabric, plan);
        } finally {
          isReloading = false;
        }
      },
      async setFaults(plan) {
        const started = performance.now();
        faults.applyRules(plan);
        faults.applyRates(plan);
        faultPlan = plan;
        return { tookMs: performance.now() - started };
      },
      async flushFlowLogs() {
        await recorder?.flush();
        return null;
      },
    },
  };
}
