/**
 * The first process inside the namespaces: it owns the fabric and every machine in it. All of that dies with it,
 * and it dies with the process outside, however that ends: by the kernel's parent-death signal, and when the channel closes.
 */
import type { Socket } from 'node:net';
import { connect } from 'node:net';
import { isDrydockError } from '../../errors.ts';
import type { FaultPlan } from '../../faults/index.ts';
import { environmentPath } from '../config.ts';
import type { FlowInterval } from '../flow-logs/flow.ts';
import type {
  AppliedFabric,
  FromSupervisor,
  Method,
  Methods,
  RelayMessage,
  Request,
  ToSupervisor,
} from '../protocol.ts';
import { applyFabric, makePrivateRun } from './apply-fabric.ts';
import { openFaults } from './apply-faults.ts';
import { probeCapabilities } from './capabilities.ts';
import { type FlowRecorder, openFlowRecorder } from './flow-recorder.ts';
import { openMachines } from './machines.ts';
import { openNamespaceSwitch } from './namespace-switch.ts';
import { openNft } from './nft.ts';
import { probePorts } from './probe.ts';
import { probePackets } from './probe-packets.ts';
import { readCounters } from './read-counters.ts';
import { reloadFabric } from './reload-fabric.ts';
import { findTools } from './tools.ts';

type Handlers = { [M in Method]: (params: Methods[M]['request']) => Promise<Methods[M]['response']> };

function tell(message: FromSupervisor): void {
  if (process.connected) process.send?.(message);
}

function supervise(): void {
  const tools = findTools(environmentPath());
  makePrivateRun(tools);
  const namespaces = openNamespaceSwitch();
  const nft = openNft(tools);
  const context = { tools, nft, namespaces };
  const machines = openMachines({ tools, namespaces }, tell);
  let applied: AppliedFabric | undefined;
  let isReloading = false;
  let recorder: FlowRecorder | undefined;
  const faults = openFaults(context);
  let faultPlan: FaultPlan = { rules: {}, rates: [] };

  const handlers: Handlers = {
    async apply({ fabric, flowLogs }) {
      const capabilities = probeCapabilities(context);
      applyFabric(fabric, context);
      applied = fabric;
      if (flowLogs) {
        const onInterval = (interval: FlowInterval) => tell({ kind: 'flow-interval', interval });
        recorder = openFlowRecorder(fabric, context, { ...flowLogs, onInterval });
      }
      return capabilities;
    },
    async flushFlowLogs() {
      await recorder?.flush();
      return null;
    },
    async setFaults(plan) {
      const started = performance.now();
      faults.applyRules(plan);
      faults.applyRates(plan);
      faultPlan = plan;
      return { tookMs: performance.now() - started };
    },
    async reload({ fabric, faults: plan }) {
      if (applied === undefined) throw new TypeError('reload before apply');
      if (isReloading) throw new TypeError('another reload is under way');
      isReloading = true;
      try {
        // Its records name what refused in the old network.
        await recorder?.flush();
        const namespacesNow = await reloadFabric(
          { before: applied, after: fabric },
          {
            ...context,
            machines,
            letGoOf: (gone) => recorder?.forget(gone),
            breakLinks: () => faults.applyRules(plan),
            breakLinksAsBefore: () => faults.applyRules(faultPlan),
          },
        );
        applied = fabric;
        recorder?.follow(fabric);
        faults.forget(namespacesNow.removed);
        faults.applyRates(plan, { areLinksNew: true });
        faultPlan = plan;
        return namespacesNow;
      } catch (error) {
        const { namespaces: kept } = applied;
        faults.forget(fabric.namespaces.filter((name) => !kept.includes(name)));
        recorder?.follow(applied);
        throw error;
      } finally {
        isReloading = false;
      }
    },
    startMachine: async (spec) => ({ pid: machines.start(spec) }),
    async signalMachine({ id, signal }) {
      machines.signal(id, signal);
      return null;
    },
    async stopMachines({ ids }) {
      await machines.stop(ids);
      return null;
    },
    probe: (request) => probePorts(request, namespaces),
    async readCounters() {
      if (applied === undefined) throw new TypeError('readCounters before apply');
      return readCounters(applied, context);
    },
    async probePackets({ probes, options }) {
      if (applied === undefined) throw new TypeError('probePackets before apply');
      return probePackets(probes, { ...options, fabric: applied, namespaces });
    },
    async stop() {
      await machines.stopAll();
      await recorder?.flush();
      return null;
    },
  };

  const relay = async (message: RelayMessage, outside: Socket) => {
    const { address: host, port } = message;
    const { inside } = await namespaces.connect(message.namespace, () => ({
      inside: connect({ host, port }),
    }));
    // It may have left while the other side was being made.
    if (outside.destroyed) {
      inside.destroy();
      return;
    }
    // Whichever side ends or breaks, the other learns it: a client that leaves must be seen to leave.
    outside.once('error', () => inside.destroy()).once('close', () => inside.destroy());
    inside.once('error', () => outside.destroy()).once('close', () => outside.destroySoon());
    outside.setNoDelay(true);
    inside.setNoDelay(true);
    outside.pipe(inside).pipe(outside);
    outside.resume();
  };

  process.on('message', (message: ToSupervisor, handle?: Socket) => {
    if (message.kind === 'relay') {
      if (handle) relay(message, handle).catch(() => handle.destroy());
    } else {
      void answer(message, handlers);
    }
  });
  tell({ kind: 'supervising' });
}

async function answer(request: Request, handlers: Handlers): Promise<void> {
  try {
    // The union ties each method to its parameters; TypeScript loses that tie when the method is looked up.
    const handler = handlers[request.method] as (params: Request['params']) => Promise<unknown>;
    tell({ kind: 'reply', id: request.id, result: await handler(request.params) });
  } catch (error) {
    tell({ kind: 'failure', id: request.id, ...describe(error) });
  }
}

function describe(error: unknown): { readonly code: string; readonly message: string } {
  if (isDrydockError(error)) return { code: error.code, message: error.message };
  const reason = (error instanceof Error ? error.message : String(error)).split('\n')[0];
  return { code: 'SIM_FABRIC_FAILED', message: `could not serve the simulation: ${reason}; start again` };
}

process.title = 'drydock supervisor';
process.on('disconnect', () => process.exit(0));
// Ctrl-C in a terminal reaches the whole group: the process outside decides what happens then.
process.on('SIGINT', () => undefined);
process.on('SIGTERM', () => process.exit(0));
try {
  supervise();
} catch (error) {
  tell({ kind: 'cannot-start', ...describe(error) });
}
