/** What a machine's systemd unit says of a program that ends: the simulation starts it again as the unit would. Nothing else of it is read. */

export interface RestartPolicy {
  /** As systemd.service(5) has it: `on-failure` leaves a program that exits with 0. */
  readonly when: 'always' | 'on-failure' | 'no';
  /** Between its end and its next start, each time the same. */
  readonly delayMs: number;
}

/** Where the user data holds no unit: something else starts the program on AWS, and as it does the first time. */
export const restartUnwritten: RestartPolicy = { when: 'always', delayMs: 1_000 };

const unitsMs: Readonly<Record<string, number>> = { ms: 1, '': 1_000, s: 1_000, sec: 1_000, min: 60_000 };
const words = ['always', 'on-failure', 'no'] as const;

/** Defaults are systemd's: no restart, and 100 ms before one. */
export function parseUnit(text: string): RestartPolicy | { readonly field: string; readonly reason: string } {
  const settings = serviceSettings(text);
  const restart = settings.get('Restart') ?? 'no';
  const when = words.find((word) => word === restart);
  if (when === undefined)
    return { field: 'Restart', reason: `"${restart}" is not simulated; use ${words.join(', ')}` };
  const delay = settings.get('RestartSec') ?? '100ms';
  const [, number, unit = ''] = /^(\d+(?:\.\d+)?) ?(ms|s|sec|min|)$/.exec(delay) ?? [];
  const unitMs = unitsMs[unit];
  if (number === undefined || unitMs === undefined)
    return { field: 'RestartSec', reason: `"${delay}" is no number of ms, s or min` };
  return { when, delayMs: Math.round(Number(number) * unitMs) };
}

/** The last of several counts. */
function serviceSettings(text: string): ReadonlyMap<string, string> {
  const settings = new Map<string, string>();
  let section = '';
  for (const line of text.split('\n').map((one) => one.trim())) {
    const [, name] = /^\[(.+)\]$/.exec(line) ?? [];
    if (name !== undefined) section = name;
    const [, key, value] = /^([A-Za-z]+)\s*=\s*(.*)$/.exec(line) ?? [];
    if (section === 'Service' && key !== undefined && value !== undefined) settings.set(key, value);
  }
  return settings;
}
