/** Makes the compiled fabric real inside namespaces of our own. Runs as the supervisor; the machine's own namespace is never touched. */
import { mkdirSync } from 'node:fs';
import type { AppliedFabric } from '../protocol.ts';
import {
  attempt,
  configureEnds,
  createLinks,
  createNamespaces,
  type FabricContext,
  loadRules,
  writeAddresses,
  writeSettings,
} from './make-namespaces.ts';
import { run } from './run.ts';
import type { Tools } from './tools.ts';

/** A private /run and private mounts, so that `ip netns` leaves no name on the machine. Runs once, before anything else. */
export function makePrivateRun(tools: Tools): void {
  attempt('make mounts private', () => run(tools.mount, ['--make-rprivate', '/']));
  attempt('mount a private /run', () => run(tools.mount, ['-t', 'tmpfs', '-o', 'mode=755', 'tmpfs', '/run']));
  mkdirSync('/run/netns');
  // Process numbers as this PID namespace counts them.
  attempt('mount a /proc of our own', () => run(tools.mount, ['-t', 'proc', 'proc', '/proc']));
}

/** @throws DrydockError SIM_FABRIC_FAILED with the tool's own first line. */
export function applyFabric(fabric: AppliedFabric, context: FabricContext): void {
  createNamespaces(fabric.namespaces, context);
  writeSettings(fabric.sysctls, context);
  createLinks(fabric.links, context);
  // Rules stand before the links come up: no packet is ever let through unjudged.
  loadRules(fabric.rules, context);
  configureEnds(fabric.ends, context);
  writeAddresses(fabric.addresses, context);
}
