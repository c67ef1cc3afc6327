/**
 * A file of the node that may be exchanged while the program runs. What it last held that could be read stays in force: a
 * broken file changes nothing, and is told in the log. It is looked at on a signal, and every so often for those who cannot send one.
 */

import { readFile, stat } from 'node:fs/promises';
import { isDrydockError } from '../../rpc/errors.ts';
import type { RpcLogger } from '../../rpc/inference.ts';

export interface WatchedFile<T> extends Disposable {
  readonly current: () => T;
  /** Reads the file now, whether or not it looks changed. Never rejects. */
  reload(): Promise<void>;
}

export interface WatchFileOptions<T> {
  /** For the log. */
  readonly name: string;
  /** @throws DrydockError where the text is not what it should be. */
  readonly parse: (text: string) => T;
  readonly logger: RpcLogger;
  readonly intervalMs: number;
  /** Told what has changed, before it is in force. What it throws keeps it out. */
  readonly onChange?: (changed: T) => void;
}

/** @throws what `parse` or the reading throws the first time. */
export async function watchFile<T>(path: string, options: WatchFileOptions<T>): Promise<WatchedFile<T>> {
  const { name, parse, logger, intervalMs } = options;
  let seen = await stateOf(path);
  let text = await readFile(path, 'utf8');
  let current = parse(text);

  async function reload(): Promise<void> {
    try {
      // Before the reading: what changes in between is then read once more.
      seen = await stateOf(path);
      const found = await readFile(path, 'utf8');
      if (found === text) return;
      text = found;
      const changed = parse(found);
      options.onChange?.(changed);
      current = changed;
      logger.info({ event: 'file-reloaded', file: name }, 'a changed file is in force');
    } catch (error) {
      const code = isDrydockError(error) ? error.code : 'unreadable';
      logger.warn(
        { event: 'file-refused', file: name, code },
        'a changed file cannot be used; what was before stays in force',
      );
    }
  }

  async function look(): Promise<void> {
    if ((await stateOf(path)) !== seen) await reload();
  }

  let turn = Promise.resolve();
  const inTurn = (step: () => Promise<void>) => {
    turn = turn.then(step);
    return turn;
  };
  const onSignal = () => void inTurn(reload);
  process.on('SIGHUP', onSignal);
  const timer = setInterval(() => void inTurn(look), intervalMs);
  timer.unref();
  return {
    current: () => current,
    reload: () => inTurn(reload),
    [Symbol.dispose]() {
      process.off('SIGHUP', onSignal);
      clearInterval(timer);
    },
  };
}

/** Another file under the same name, through a link or not, differs in this. */
async function stateOf(path: string): Promise<string> {
  try {
    const { ino, size, mtimeNs } = await stat(path, { bigint: true });
    return `${ino} ${size} ${mtimeNs}`;
  } catch {
    return 'absent';
  }
}
