/** `drydock logs`: the last lines of a program's log file, and those that come. Reads at most the file's last megabyte, then what is added. */
import { closeSync, fstatSync, openSync, readdirSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { StringDecoder } from 'node:string_decoder';
import { setTimeout as delay } from 'node:timers/promises';
import type { Run } from '../control/index.ts';
import { DrydockError } from '../errors.ts';
import { type Caller, runOf } from './call-simulation-runtime.ts';
import { renderLogLine } from './log-line.ts';

export interface LogsRequest {
  readonly node: string;
  readonly lines: number;
  readonly isFollowing: boolean;
  /** Ends following. */
  readonly signal: AbortSignal;
  /** Waits until what was printed is taken: a slow reader must not fill memory. */
  readonly flushed: () => Promise<void>;
}

const tailBytesMax = 2 ** 20;
const chunkBytes = 64 * 2 ** 10;
/** A line that is longer is cut there. */
const lineCharactersMax = 64 * 2 ** 10;
const pauseMs = 100;

/** @throws DrydockError SIM_ENDPOINT_UNKNOWN, SIM_CONTROL_FAILED */
export async function runLogs(
  { node, lines, isFollowing, signal, flushed }: LogsRequest,
  { isJson, print, ...caller }: Caller & { readonly isJson: boolean },
): Promise<void> {
  const run = runOf(caller);
  const descriptor = openSync(logFileOf(run, node), 'r');
  try {
    const show = (line: string) => print(`${isJson ? line : renderLogLine(line)}\n`);
    const { size } = fstatSync(descriptor);
    const start = Math.max(0, size - tailBytesMax);
    const decoder = new StringDecoder('utf8');
    const known = decoder.write(read(descriptor, start, size - start)).split('\n');
    // The first one may have begun before; the last one may go on.
    if (start > 0) known.shift();
    let rest = known.pop() ?? '';
    for (const line of lines === 0 ? [] : known.slice(-lines)) show(line);
    await flushed();
    if (!isFollowing) return;
    for (let position = size; !signal.aborted && isThere(run); ) {
      const added = read(descriptor, position, chunkBytes);
      if (added.length === 0) {
        await delay(pauseMs, undefined, { signal }).catch(() => undefined);
        continue;
      }
      position += added.length;
      const whole = (rest + decoder.write(added)).split('\n');
      rest = (whole.pop() ?? '').slice(0, lineCharactersMax);
      for (const line of whole) show(line);
      await flushed();
    }
  } finally {
    closeSync(descriptor);
  }
}

function logFileOf(run: Run, node: string): string {
  const folder = join(run.folder, 'logs');
  const known = readdirSync(folder)
    .filter((name) => name.endsWith('.log'))
    .map((name) => name.slice(0, -'.log'.length))
    .sort();
  if (known.includes(node)) return join(folder, `${node}.log`);
  throw new DrydockError(
    'SIM_ENDPOINT_UNKNOWN',
    `could not show the log of ${node}: there is none of that name; there are ${known.join(', ')}`,
  );
}

/** Its process. */
function isThere({ name }: Run): boolean {
  try {
    return process.kill(Number(name), 0);
  } catch {
    return false;
  }
}

function read(descriptor: number, position: number, bytes: number): Buffer {
  const buffer = Buffer.alloc(bytes);
  return buffer.subarray(0, readSync(descriptor, buffer, 0, bytes, position));
}
