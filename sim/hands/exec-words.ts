/**
 * The command line that runs a command where a node's program runs: in its network, mounts and processes, with its environment, and with
 * no more privileges than it has. Pure.
 */

export interface ExecPlace {
  /** Of the node's program, as this machine counts. */
  readonly pid: number;
  readonly environment: Readonly<Record<string, string>>;
  /** `KEY=VALUE`, by which what is left of the command is found. */
  readonly mark: string;
}

export interface ExecOptions {
  readonly command: readonly string[];
  readonly tools: { readonly env: string; readonly nsenter: string; readonly setpriv: string };
  /** The program stands in a user namespace of ours: whoever made that may enter it. */
  readonly isInUserNamespace: boolean;
  /** Of the caller: where the command and its own commands are looked up, and what their terminal can do. */
  readonly path: string;
  readonly terminal?: string;
}

/** All signals that a terminal sends reach the command itself; what waits for it must outlive them. */
const terminalSignals = ['INT', 'QUIT'];

export function execWords(place: ExecPlace, options: ExecOptions): readonly [string, ...string[]] {
  const { tools, command, isInUserNamespace, path, terminal } = options;
  const environment = {
    ...place.environment,
    PATH: path,
    HOME: '/',
    ...(terminal !== undefined && { TERM: terminal }),
  };
  // Each dies with the one before it, and the first with us.
  const dependent = [tools.setpriv, '--pdeathsig', 'KILL'] as const;
  return [
    ...dependent,
    ...[tools.env, ...terminalSignals.map((signal) => `--ignore-signal=${signal}`)],
    ...[tools.nsenter, '--target', String(place.pid), '--mount', '--net', '--pid'],
    ...(isInUserNamespace ? ['--user', '--preserve-credentials'] : []),
    '--',
    ...dependent,
    ...['--bounding-set=-all', '--inh-caps=-all', '--ambient-caps=-all', '--no-new-privs', '--'],
    ...[tools.env, '-i', ...terminalSignals.map((signal) => `--default-signal=${signal}`)],
    ...Object.entries(environment).map(([key, value]) => `${key}=${value}`),
    place.mark,
    ...command,
  ];
}
