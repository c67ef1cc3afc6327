/**
 * The first process inside the namespaces: it owns the fabric and every machine in it. All of that dies with it,
 * and it dies with the process outside, however that ends: by the kernel's parent-death signal, and when the channel closes.
 */
import type { Socket } from 'node:net';
import { isDrydockError } from '../../errors.ts';
import { environmentPath } from '../config.ts';
import type { FromSupervisor, Method, Methods, Request, ToSupervisor } from '../protocol.ts';
import { makePrivateRun } from './apply-fabric.ts';
import { openMachines } from './machines.ts';
import { openNamespaceSwitch } from './namespace-switch.ts';
import { openNetwork } from './network.ts';
import { openNft } from './nft.ts';
import { probePorts } from './probe.ts';
import { probePackets } from './probe-packets.ts';
import { readCounters } from './read-counters.ts';
import { relay } from './relay.ts';
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
  const network = openNetwork({ ...context, machines }, (interval) =>
    tell({ kind: 'flow-interval', interval }),
  );

  const handlers: Handlers = {
    ...network.methods,
    startMachine: async (spec) => ({ pid: machines.start(spec) }),
    async signalMachine({ id, signal }) {
      machines.signal(id, signal);
      return null;
    },
    async stopMachines({ ids, graceMs }) {
      return { killed: await machines.stop(ids, graceMs) };
    },
    async freezeMachines({ ids }) {
      machines.freeze(ids);
      return null;
    },
    async thawMachines({ ids }) {
      machines.thaw(ids);
      return null;
    },
    programProcesses: async () => machines.programs(),
    async endMarked({ id, line }) {
      machines.endMarked(id, line);
      return null;
    },
    probe: (request) => probePorts(request, namespaces),
    readCounters: async () => readCounters(network.applied(), context),
    probePackets: ({ probes, options }) =>
      probePackets(probes, { ...options, fabric: network.applied(), namespaces }),
    async stop() {
      await machines.stopAll();
      await network.methods.flushFlowLogs(null);
      return null;
    },
  };

  process.on('message', (message: ToSupervisor, handle?: Socket) => {
    if (message.kind === 'relay') {
      if (handle) relay(message, handle, namespaces).catch(() => handle.destroy());
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
