/**
 * Loads and lists rules in the namespace that the thread is in: through nftables' own library in this process, which costs a
 * tenth of starting `nft`, and with `nft` itself where the library is not found.
 */
import { closeSync, openSync } from 'node:fs';
import koffi from 'koffi';
import { run } from './run.ts';
import type { Tools } from './tools.ts';

export interface Nft {
  readonly isLibrary: boolean;
  /** @throws Error with nftables' first line. */
  load(text: string): void;
  /** Reads a text and loads nothing. @throws as `load` does for what nftables itself finds wrong. */
  check(text: string): void;
  /** JSON as `nft -j` prints it, elements of sets left out. */
  list(): string;
}

/**
 * The library waits with `select`, which ends the process when a descriptor is 1,024 or more: these few are kept for it, whatever
 * else is open.
 */
const reservedMax = 4;
const selectMax = 1_024;

/**
 * To close a context waits until no packet is in anything that was deleted just before, in whatever namespace: some ten milliseconds
 * for each, or once for many when nothing else is to be done.
 */
const retiredMax = 256;
const retiredMs = 200;

const jsonOutput = 1 << 4;
const terseOutput = 1 << 11;

export function openNft(tools: Pick<Tools, 'nft'>): Nft {
  return nftLibrary(nftProgram(tools)) ?? nftProgram(tools);
}

function nftLibrary(otherwise: Nft): Nft | undefined {
  const library = loadLibrary();
  if (library === undefined) return undefined;
  const create: (flags: number) => unknown = library.func('void *nft_ctx_new(uint32_t)');
  const destroy: (context: unknown) => void = library.func('void nft_ctx_free(void *)');
  const bufferErrors: (context: unknown) => number = library.func('int nft_ctx_buffer_error(void *)');
  const bufferOutput: (context: unknown) => number = library.func('int nft_ctx_buffer_output(void *)');
  const errorText: (context: unknown) => string | null = library.func(
    'const char *nft_ctx_get_error_buffer(void *)',
  );
  const outputText: (context: unknown) => string | null = library.func(
    'const char *nft_ctx_get_output_buffer(void *)',
  );
  const setFlags: (context: unknown, flags: number) => void = library.func(
    'void nft_ctx_output_set_flags(void *, uint32_t)',
  );
  const setDryRun: (context: unknown, isDry: boolean) => void = library.func(
    'void nft_ctx_set_dry_run(void *, bool)',
  );
  const execute: (context: unknown, text: string) => number = library.func(
    'int nft_run_cmd_from_buffer(void *, const char *)',
  );
  let reserved = reserveDescriptors();
  const retired: unknown[] = [];
  let timer: NodeJS.Timeout | undefined;
  const closeRetired = () => {
    for (const context of retired.splice(0)) destroy(context);
  };
  const retire = (context: unknown) => {
    retired.push(context);
    clearTimeout(timer);
    if (retired.length > retiredMax) closeRetired();
    else timer = setTimeout(closeRetired, retiredMs).unref();
  };
  // A context belongs to the namespace in which it was made.
  const runText = (text: string, { flags = 0, isDry = false } = {}) => {
    for (const descriptor of reserved) closeSync(descriptor);
    const context = create(0);
    try {
      bufferErrors(context);
      bufferOutput(context);
      setFlags(context, flags);
      setDryRun(context, isDry);
      if (execute(context, text) !== 0) throw new Error(firstLine(errorText(context) ?? ''));
      return outputText(context) ?? '';
    } finally {
      retire(context);
      reserved = reserveDescriptors();
    }
  };
  const isSafe = () => reserved.every((descriptor) => descriptor < selectMax);
  return {
    isLibrary: true,
    load: (text) => (isSafe() ? void runText(text) : otherwise.load(text)),
    check: (text) => (isSafe() ? void runText(text, { isDry: true }) : otherwise.check(text)),
    list: () => (isSafe() ? runText('list ruleset', { flags: jsonOutput | terseOutput }) : otherwise.list()),
  };
}

function reserveDescriptors(): readonly number[] {
  return Array.from({ length: reservedMax }, () => openSync('/dev/null', 'r'));
}

function loadLibrary(): ReturnType<typeof koffi.load> | undefined {
  try {
    return koffi.load('libnftables.so.1');
  } catch {
    return undefined;
  }
}

export function nftProgram({ nft }: Pick<Tools, 'nft'>): Nft {
  return {
    isLibrary: false,
    load: (text) => void run(nft, ['-f', '-'], text),
    check: (text) => void run(nft, ['-c', '-f', '-'], text),
    list: () => run(nft, ['-j', '-t', 'list', 'ruleset']),
  };
}

function firstLine(text: string): string {
  return text.trim().split('\n')[0] || 'nftables gives no reason';
}
