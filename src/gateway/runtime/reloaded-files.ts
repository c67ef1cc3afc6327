/**
 * Files of the node that may be exchanged while the program runs, and what is made of them together. What was last made of all of them
 * stays in force until all of them can be used again: a broken file changes nothing, and is told in one line of the log. They are looked
 * at on SIGHUP, when they are asked to be, and every so often for those who can do neither.
 */

import { lstat, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { DrydockError, isDrydockError } from '../../rpc/errors.ts';
import type { RpcLogger } from '../../rpc/inference.ts';
import type { GatewayErrorCode } from '../errors.ts';

/** Reads files of one state, and remembers which. */
export interface FileSet<Name extends string> {
  /** @throws what `parse` throws, or DrydockError GATEWAY_CONFIG_INVALID where there is no such file. */
  needed<T>(name: Name, parse: (text: string) => T): Promise<T>;
  /**
   * @returns `undefined` where there is nothing of that name, and was no such file before. What is there and cannot be reached or read is
   * not absent, a link to nothing neither.
   * @throws as `needed` does
   */
  optional<T>(name: Name, parse: (text: string) => T): Promise<T | undefined>;
}

export type ReloadResult =
  | { readonly outcome: 'unchanged' }
  | { readonly outcome: 'reloaded'; readonly files: readonly string[] }
  | { readonly outcome: 'refused'; readonly file: string; readonly code: string };

export interface ReloadedFiles<T> extends Disposable {
  readonly current: () => T;
  /** Reads them now, whether or not they look changed. Never rejects. */
  reload(): Promise<ReloadResult>;
}

export interface ReloadedFilesOptions<T, Name extends string> {
  readonly directory: string;
  /** Below the directory. */
  readonly names: readonly Name[];
  /** @throws DrydockError where they cannot be used. */
  readonly read: (files: FileSet<Name>) => Promise<T>;
  readonly logger: RpcLogger;
  readonly intervalMs: number;
  /** Default: as the file system has it. */
  readonly readText?: (path: string) => Promise<string>;
  /** Told what has changed, before it is in force. What it throws keeps it out. */
  readonly onChange?: (changed: T) => void;
}

interface State<T> {
  readonly value: T;
  readonly texts: ReadonlyMap<string, string>;
}

/** @throws what `read` throws the first time. */
export async function openReloadedFiles<T, Name extends string>(
  options: ReloadedFilesOptions<T, Name>,
): Promise<ReloadedFiles<T>> {
  const { names, directory, logger, onChange, intervalMs } = options;
  let seen: string | undefined = await stampOf(directory, names);
  let state = await readState(options, new Map(), () => {});
  let refusal = '';

  /** @param isAsked not by the clock: then a refusal is told each time. */
  async function reload(isAsked: boolean): Promise<ReloadResult> {
    let file = 'none';
    let isUnread = false;
    try {
      // Before the reading: what changes in between is then read once more.
      seen = await stampOf(directory, names);
      const next = await readState(options, state.texts, (name, isRead) => {
        file = name;
        isUnread = !isRead;
      });
      refusal = '';
      const files = names.filter(
        (name) => next.texts.has(name) && next.texts.get(name) !== state.texts.get(name),
      );
      if (files.length === 0) return { outcome: 'unchanged' };
      file = files.join(', ');
      onChange?.(next.value);
      state = next;
      logger.info({ event: 'file-reloaded', files }, 'changed files are in force');
      return { outcome: 'reloaded', files };
    } catch (error) {
      const code = isDrydockError(error) ? error.code : 'unreadable';
      // What could not be read may be mended without a trace on the file: it is looked at again.
      if (isUnread) seen = undefined;
      const before = refusal;
      refusal = `${file} ${code}`;
      if (isAsked || refusal !== before) {
        logger.warn(
          { event: 'file-refused', file, code },
          'a changed file cannot be used; what was before stays in force, of all files',
        );
      }
      return { outcome: 'refused', file, code };
    }
  }

  let turn: Promise<unknown> = Promise.resolve();
  function inTurn<Result>(step: () => Promise<Result>): Promise<Result> {
    const result = turn.then(step);
    turn = result;
    return result;
  }
  const look = async () => {
    if ((await stampOf(directory, names)) !== seen) await reload(false);
  };
  const onSignal = () => void inTurn(() => reload(true));
  process.on('SIGHUP', onSignal);
  const timer = setInterval(() => void inTurn(look), intervalMs);
  timer.unref();
  return {
    current: () => state.value,
    reload: () => inTurn(() => reload(true)),
    [Symbol.dispose]() {
      process.off('SIGHUP', onSignal);
      clearInterval(timer);
    },
  };
}

/** @param before what was in force: of that, nothing may be gone. @param onFile told which file is read next, and when it is. */
async function readState<T, Name extends string>(
  { directory, read, readText = (path) => readFile(path, 'utf8') }: ReloadedFilesOptions<T, Name>,
  before: ReadonlyMap<string, string>,
  onFile: (name: string, isRead: boolean) => void,
): Promise<State<T>> {
  const texts = new Map<string, string>();
  async function needed<Parsed>(name: Name, parse: (text: string) => Parsed): Promise<Parsed> {
    onFile(name, false);
    const path = join(directory, ...name.split('/'));
    const text = await readText(path).catch((cause) => Promise.reject(unreadable(path, cause)));
    onFile(name, true);
    texts.set(name, text);
    return parse(text);
  }
  const value = await read({
    needed,
    async optional(name, parse) {
      // One that was taken away by mistake must not lift a limit, or let somebody in.
      const isNeeded = before.has(name) || !(await isAbsent(directory, name));
      return isNeeded ? needed(name, parse) : undefined;
    },
  });
  return { value, texts };
}

async function stampOf(directory: string, names: readonly string[]): Promise<string> {
  return (await Promise.all(names.map((name) => stateOf(directory, name)))).join(' | ');
}

/** Only where that is certain: a directory that may not be searched could hold it. */
async function isAbsent(directory: string, name: string): Promise<boolean> {
  try {
    await lstat(join(directory, ...name.split('/')));
    return false;
  } catch (error) {
    return codeOf(error) === 'ENOENT';
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
}

/** Another file under the same name, through a link or not, differs in this, and so does one with other rights. */
async function stateOf(directory: string, name: string): Promise<string> {
  try {
    const path = join(directory, ...name.split('/'));
    const { ino, size, mtimeNs, ctimeNs } = await stat(path, { bigint: true });
    return `${ino} ${size} ${mtimeNs} ${ctimeNs}`;
  } catch (error) {
    return codeOf(error);
  }
}

function unreadable(path: string, cause: unknown) {
  return new DrydockError<GatewayErrorCode>(
    'GATEWAY_CONFIG_INVALID',
    `could not read ${path}: the file is missing or not readable; see docs/launch-contract.md`,
    { cause },
  );
}
