/**
 * Starts one program as a machine: in its interface's namespace, alone in a PID namespace, with a private /run/drydock,
 * exactly the given environment, and no capability at all, so that it cannot change the rules that judge it. It shares
 * the machine's file system otherwise: this is a test bench, not a sandbox.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { shellQuote } from '../../shell-quote.ts';
import { openMachineLog } from './machine-log.ts';
import type { NamespaceSwitch } from './namespace-switch.ts';
import type { Tools } from './tools.ts';

export interface MachineSpec {
  readonly id: string;
  readonly namespace: string;
  readonly command: readonly [string, ...string[]];
  readonly environment: Readonly<Record<string, string>>;
  /** Content by path below /run/drydock. */
  readonly files: Readonly<Record<string, string>>;
  /** Folders of the machine that appear below /run/drydock. */
  readonly mounts: readonly {
    readonly source: string;
    readonly target: string;
    readonly isReadOnly: boolean;
  }[];
  /** Folders that the program finds empty. */
  readonly hiddenFolders: readonly string[];
  /** What the program prints is appended here, up to a bound. */
  readonly logFile: string;
}

export interface MachineEvents {
  readonly onLogLine: (line: string) => void;
  readonly onExit: (code: number | null, signal: NodeJS.Signals | null) => void;
}

export interface MachineContext {
  readonly tools: Tools;
  readonly namespaces: NamespaceSwitch;
}

const isolation = ['--mount', '--propagation', 'private', '--pid', '--fork', '--kill-child'];
const nodesFolder = '/run/drydock-nodes';
const mountPoint = '/run/drydock';

export function startMachine(
  spec: MachineSpec,
  context: MachineContext,
  events: MachineEvents,
): ChildProcess {
  const folder = join(nodesFolder, spec.id);
  mkdirSync(folder, { recursive: true });
  for (const { target } of spec.mounts) mkdirSync(join(folder, target), { recursive: true });
  for (const [path, content] of Object.entries(spec.files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content, { mode: 0o600 });
  }
  mkdirSync(mountPoint, { recursive: true });
  const { tools, namespaces } = context;
  const script = mountScript(spec, { folder, tools });
  const child = namespaces.runSync(spec.namespace, () =>
    spawn(
      tools.unshare,
      [...isolation, tools.sh, '-euc', script, spec.id, ...environmentOf(spec), ...spec.command],
      {
        // Not the folder that the deployment was started in: its files are none of the program's business.
        cwd: '/',
        // The program's own environment comes last, behind the loss of every privilege.
        env: {},
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    ),
  );
  const log = openMachineLog(spec.logFile);
  child.stdout?.on('data', log.write);
  child.stderr?.on('data', log.write);
  if (child.stderr) createInterface({ input: child.stderr }).on('line', events.onLogLine);
  child.once('error', () => events.onExit(null, null));
  child.once('close', (code, signal) => {
    log.close();
    events.onExit(code, signal);
  });
  return child;
}

function environmentOf({ environment }: MachineSpec): readonly string[] {
  return Object.entries(environment).map(([key, value]) => `${key}=${value}`);
}

/** Mounts, hides what belongs to the others, gives up every capability, and becomes the program. */
function mountScript(
  spec: MachineSpec,
  { folder, tools }: { readonly folder: string; readonly tools: Tools },
): string {
  const mount = shellQuote(tools.mount);
  return [
    `${mount} --bind ${shellQuote(folder)} ${mountPoint}`,
    ...spec.mounts.flatMap(({ source, target, isReadOnly }) => [
      `${mount} --bind ${shellQuote(source)} ${shellQuote(join(mountPoint, target))}`,
      ...(isReadOnly ? [`${mount} -o remount,bind,ro ${shellQuote(join(mountPoint, target))}`] : []),
    ]),
    // Without this, /proc/<pid>/root of another machine's program would lead around every mount above and below.
    `${mount} -t proc proc /proc`,
    // As root it could otherwise write kernel settings: it has root's files, though not root's capabilities.
    `${mount} --bind /proc/sys /proc/sys`,
    `${mount} -o remount,bind,ro /proc/sys`,
    ...[nodesFolder, '/run/netns', ...spec.hiddenFolders].map(
      (hidden) => `${mount} -t tmpfs -o ro tmpfs ${shellQuote(hidden)}`,
    ),
    `exec ${shellQuote(tools.setpriv)} --bounding-set=-all --inh-caps=-all --ambient-caps=-all --no-new-privs -- ${shellQuote(tools.env)} -i "$@"`,
  ].join('\n');
}
