/**
 * Starts one program as a machine: in its interface's namespace, with a private /run/drydock, exactly the given
 * environment, and no capability at all, so that it cannot change the rules that judge it.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { createWriteStream, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { shellQuote } from '../../shell-quote.ts';
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
  /** Everything the program prints is appended here. */
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

const nodesFolder = '/run/drydock-nodes';
const mountPoint = '/run/drydock';

export function startMachine(
  spec: MachineSpec,
  context: MachineContext,
  events: MachineEvents,
): ChildProcess {
  const folder = join(nodesFolder, spec.id);
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
      ['--mount', '--propagation', 'private', tools.sh, '-euc', script, spec.id, ...spec.command],
      {
        env: { ...spec.environment },
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    ),
  );
  const log = createWriteStream(spec.logFile, { flags: 'a', mode: 0o600 });
  child.stdout?.pipe(log, { end: false });
  child.stderr?.pipe(log, { end: false });
  if (child.stderr) createInterface({ input: child.stderr }).on('line', events.onLogLine);
  child.once('error', () => events.onExit(null, null));
  child.once('close', (code, signal) => {
    log.end();
    events.onExit(code, signal);
  });
  return child;
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
    `${mount} -t tmpfs -o ro tmpfs ${nodesFolder}`,
    `${mount} -t tmpfs -o ro tmpfs /run/netns`,
    `exec ${shellQuote(tools.setpriv)} --bounding-set=-all --inh-caps=-all --ambient-caps=-all --no-new-privs -- "$@"`,
  ].join('\n');
}
