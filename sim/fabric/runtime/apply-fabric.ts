/** Makes the compiled fabric real inside namespaces of our own. Runs as the supervisor; the machine's own namespace is never touched. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import type { CompiledFabric } from '../../compile/index.ts';
import { DrydockError } from '../../errors.ts';
import type { NamespaceSwitch } from './namespace-switch.ts';
import type { Tools } from './tools.ts';

/** A private /run and private mounts, so that `ip netns` leaves no name on the machine. Runs once, before anything else. */
export function makePrivateRun(tools: Tools): void {
  run(tools.mount, ['--make-rprivate', '/'], { what: 'make mounts private' });
  run(tools.mount, ['-t', 'tmpfs', '-o', 'mode=755', 'tmpfs', '/run'], { what: 'mount a private /run' });
  mkdirSync('/run/netns');
  // Process numbers as this PID namespace counts them.
  run(tools.mount, ['-t', 'proc', 'proc', '/proc'], { what: 'mount a /proc of our own' });
}

/** @throws DrydockError SIM_FABRIC_FAILED with the tool's own first line. */
export function applyFabric(fabric: CompiledFabric, tools: Tools, namespaces: NamespaceSwitch): void {
  run(tools.ip, ['-batch', '-'], { what: 'create namespaces and links', input: fabric.links });
  for (const [namespace, values] of Object.entries(fabric.sysctls)) {
    namespaces.runSync(namespace, () => writeSysctls(values));
  }
  for (const [namespace, input] of Object.entries(fabric.rules)) {
    namespaces.runSync(namespace, () =>
      run(tools.nft, ['-f', '-'], { what: `load the rules of ${namespace}`, input }),
    );
  }
  // Rules stand before the links come up: no packet is ever let through unjudged.
  for (const [namespace, input] of Object.entries(fabric.addresses)) {
    namespaces.runSync(namespace, () =>
      run(tools.ip, ['-batch', '-'], { what: `address ${namespace}`, input }),
    );
  }
}

function writeSysctls(values: Readonly<Record<string, string>>): void {
  for (const [path, value] of Object.entries(values)) {
    const file = `/proc/sys/net/${path}`;
    // A kernel without IPv6 has no such switch, and nothing to switch off.
    if (path.startsWith('ipv6/') && !existsSync(file)) continue;
    writeFileSync(file, value);
  }
}

interface RunOptions {
  readonly what: string;
  readonly input?: string;
}

export function run(command: string, args: readonly string[], { what, input }: RunOptions): string {
  const result = spawnSync(command, args, {
    input: input ?? '',
    encoding: 'utf8',
    timeout: 20_000,
    maxBuffer: 64 * 2 ** 20,
  });
  if (result.status !== 0) {
    const reason = result.error?.message ?? result.stderr.trim().split('\n')[0] ?? `exit ${result.status}`;
    throw new DrydockError(
      'SIM_FABRIC_FAILED',
      `could not ${what}: ${reason}; check that this kernel has nftables and veth (modprobe nf_tables veth)`,
    );
  }
  return result.stdout;
}
