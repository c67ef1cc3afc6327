/**
 * The audit files of one node on its disk. Opening finds where the last chain stood, cuts off what a crash left of a line, and
 * says so; a write that fails leaves the file as it was. A spool belongs to one gateway at a time.
 */

import { createHash } from 'node:crypto';
import { type FileHandle, mkdir, open, readdir, readFile, rename, stat, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { type ChainHead, hasRightHash, noHash, parseLine } from '../chain.ts';
import { parseSegmentName, type Segment, type SegmentState, segmentName } from '../segment-name.ts';

/** What was found where the chain ended. */
export interface FoundEnd {
  readonly head: ChainHead;
  /** Bytes of a line that was never finished, and their SHA-256: they are gone from the file. */
  readonly torn?: { readonly bytes: number; readonly sha256: string };
  /** The last gateway closed the chain before it went. `undefined`: there was none. */
  readonly wasClosed?: boolean;
}

export type OpenFile = (path: string, flags: string, mode: number) => Promise<FileHandle>;

export interface Spool {
  readonly found: FoundEnd;
  /** Begins a file whose first record is the chain's next. */
  begin(head: ChainHead): Promise<SegmentFile>;
  /** Sealed segments that are not shipped, oldest first. */
  sealed(): Promise<readonly Segment[]>;
  read(segment: Segment): Promise<Uint8Array>;
  /** The store has it. The newest stays, for the chain goes on from it; those before it are removed. */
  markShipped(segment: Segment): Promise<void>;
  /** Of everything that is not shipped. */
  readonly bytes: number;
}

export interface SegmentFile {
  readonly bytes: number;
  /** All of it, or nothing: what a failed write left is cut off, at the latest before the next. */
  append(text: string): Promise<void>;
  sync(): Promise<void>;
  /** Closes it as whole. */
  seal(): Promise<void>;
  /** Leaves it open for whoever comes next. */
  close(): Promise<void>;
}

export interface OpenSpoolOptions {
  readonly directory: string;
  /** Begins a chain where the spool has none. */
  readonly newChain: () => string;
  readonly openFile?: OpenFile;
}

export async function openSpool({ directory, newChain, openFile = open }: OpenSpoolOptions): Promise<Spool> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const pathOf = (segment: Segment) => join(directory, segmentName(segment));

  async function segments(state?: SegmentState): Promise<readonly Segment[]> {
    const names = (await readdir(directory)).sort();
    const all = names.flatMap((name) => parseSegmentName(name) ?? []);
    return all.filter((segment) => state === undefined || segment.state === state);
  }

  const { torn, ...end } = await findEnd(await segments(), pathOf);
  const { head = { chain: newChain(), seq: 0, hash: noHash } } = end;
  const found: FoundEnd = { ...end, head, ...(torn === undefined ? {} : { torn }) };

  const sizeOf = async (segment: Segment) => (await stat(pathOf(segment))).size;
  let bytes = 0;
  for (const segment of await segments('sealed')) bytes += await sizeOf(segment);

  return {
    found,
    get bytes() {
      return bytes;
    },
    async begin({ chain, seq }) {
      const segment: Segment = { chain, firstSeq: seq, state: 'open' };
      const handle = await openFile(pathOf(segment), 'a', 0o600);
      return segmentFile(handle, {
        onAppended: (appended) => {
          bytes += appended;
        },
        onSealed: () => rename(pathOf(segment), pathOf({ ...segment, state: 'sealed' })),
      });
    },
    sealed: () => segments('sealed'),
    read: (segment) => readFile(pathOf(segment)),
    async markShipped(segment) {
      const old = await segments('shipped');
      bytes -= await sizeOf(segment);
      await rename(pathOf(segment), pathOf({ ...segment, state: 'shipped' }));
      for (const each of old) await unlink(pathOf(each));
    },
  };
}

interface SegmentFileEvents {
  onAppended(bytes: number): void;
  onSealed(): Promise<void>;
}

/** @param handle of a new file. */
function segmentFile(handle: FileHandle, { onAppended, onSealed }: SegmentFileEvents): SegmentFile {
  let bytes = 0;
  let isDirty = false;

  async function cutBack(): Promise<void> {
    await handle.truncate(bytes);
    isDirty = false;
  }

  return {
    get bytes() {
      return bytes;
    },
    async append(text) {
      if (isDirty) await cutBack();
      const content = Buffer.from(text);
      isDirty = true;
      try {
        await handle.appendFile(content);
      } catch (error) {
        // Where this fails too, the next write tries again.
        await cutBack().catch(() => {});
        throw error;
      }
      isDirty = false;
      bytes += content.byteLength;
      onAppended(content.byteLength);
    },
    sync: () => handle.sync(),
    async seal() {
      if (isDirty) await cutBack();
      await handle.sync();
      await handle.close();
      await onSealed();
    },
    async close() {
      if (isDirty) await cutBack().catch(() => {});
      await handle.close();
    },
  };
}

/**
 * Whatever was left open becomes sealed, without what a crash left of its last line. @returns the end of the newest file that holds a
 * record, if one does, and what was cut off.
 */
async function findEnd(
  segments: readonly Segment[],
  pathOf: (segment: Segment) => string,
): Promise<Partial<FoundEnd>> {
  let torn: FoundEnd['torn'];
  let end: Partial<FoundEnd> = {};
  for (const segment of await newestFirst(segments, pathOf)) {
    const content = await readFile(pathOf(segment));
    const { wholeBytes, last } = lastWholeLine(content);
    if (segment.state === 'open') {
      const rest = content.subarray(wholeBytes);
      if (rest.byteLength > 0) {
        torn ??= { bytes: rest.byteLength, sha256: createHash('sha256').update(rest).digest('hex') };
      }
      await sealFound(segment, wholeBytes, pathOf);
    }
    if (last === undefined || end.head !== undefined) continue;
    const { chain, seq, hash } = last;
    end = { head: { chain, seq: seq + 1, hash }, wasClosed: isClosed(content.subarray(0, wholeBytes)) };
  }
  return torn === undefined ? end : { ...end, torn };
}

/** Within a chain by number; chains by when they were last written. */
async function newestFirst(segments: readonly Segment[], pathOf: (segment: Segment) => string) {
  const written = new Map<string, number>();
  for (const segment of segments) {
    const { mtimeMs } = await stat(pathOf(segment));
    written.set(segment.chain, Math.max(written.get(segment.chain) ?? 0, mtimeMs));
  }
  const writtenAt = ({ chain }: Segment) => written.get(chain) ?? 0;
  return segments.toSorted(
    (one, other) => writtenAt(other) - writtenAt(one) || other.firstSeq - one.firstSeq,
  );
}

async function sealFound(
  segment: Segment,
  wholeBytes: number,
  pathOf: (segment: Segment) => string,
): Promise<void> {
  if (wholeBytes === 0) return unlink(pathOf(segment));
  await using handle = await open(pathOf(segment), 'r+');
  await handle.truncate(wholeBytes);
  await handle.sync();
  await rename(pathOf(segment), pathOf({ ...segment, state: 'sealed' }));
}

/** The last record is that of a gateway which stopped by itself, or the checkpoint after it. */
function isClosed(content: Buffer): boolean {
  const kinds = content
    .toString('utf8')
    .trimEnd()
    .split('\n')
    .slice(-2)
    .map((text) => parseLine(text)?.record.kind);
  return kinds.at(-1) === 'closed' || (kinds[0] === 'closed' && kinds[1] === 'checkpoint');
}

/** The last line that is one, to its hash; what stands after it was not finished, or never reached the disk whole. */
function lastWholeLine(content: Buffer) {
  for (let end = content.lastIndexOf(10); end >= 0; end = end === 0 ? -1 : content.lastIndexOf(10, end - 1)) {
    const start = end === 0 ? 0 : content.lastIndexOf(10, end - 1) + 1;
    const line = parseLine(content.toString('utf8', start, end));
    if (line !== undefined && hasRightHash(line)) return { wholeBytes: end + 1, last: line };
  }
  return { wholeBytes: 0, last: undefined };
}
