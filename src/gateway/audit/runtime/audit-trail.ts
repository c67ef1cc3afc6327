/**
 * Takes records of ended requests and writes them, in their order and in batches, as one chain on the node's disk. What cannot be
 * written waits in memory within a bound and is tried again; what finds no room there is counted, and the chain says how many are missing.
 */

import { setTimeout as delay } from 'node:timers/promises';
import { describeError } from '../../../rpc/contract/describe-error.ts';
import type { RpcLogger } from '../../../rpc/inference.ts';
import type { Clock } from '../../clock.ts';
import { type ChainHead, type ChainRecord, link } from '../chain.ts';
import type { CheckpointSigner } from '../checkpoint.ts';
import type { SegmentFile, Spool } from './spool.ts';

/** When what is written is forced to the disk: after each batch, now and then, or whenever the system likes. */
export type FsyncPolicy = 'always' | 'interval' | 'never';

export interface AuditTrailLimits {
  /** Milliseconds during which records gather for one write. */
  readonly gatherMs: number;
  /** Records that wait to be written. */
  readonly pendingMax: number;
  readonly segmentBytesMax: number;
  /** Milliseconds after which a segment with records is sealed. */
  readonly segmentMs: number;
  readonly checkpointEvery: number;
  readonly fsyncMs: number;
  /** Milliseconds after a failed write until the next try. */
  readonly retryMs: number;
  /** Of what is not shipped. */
  readonly spoolBytesMax: number;
}

export const defaultAuditTrailLimits: AuditTrailLimits = {
  gatherMs: 25,
  pendingMax: 10_000,
  segmentBytesMax: 8 * 1024 * 1024,
  segmentMs: 60_000,
  checkpointEvery: 1000,
  fsyncMs: 1000,
  retryMs: 1000,
  spoolBytesMax: 256 * 1024 * 1024,
};

export interface AuditTrailOptions {
  readonly spool: Spool;
  readonly signer: CheckpointSigner;
  readonly clock: Clock;
  readonly logger: RpcLogger;
  readonly fsync: FsyncPolicy;
  readonly limits: AuditTrailLimits;
  /** A segment is whole. */
  onSealed(): void;
}

export class AuditTrail implements AsyncDisposable {
  readonly #options: AuditTrailOptions;
  readonly #pending: ChainRecord[] = [];
  readonly #closing = new AbortController();
  #head: ChainHead;
  #file: SegmentFile | undefined;
  #fileSinceUnixMs = 0;
  #sinceCheckpoint = 0;
  #omitted = 0;
  /** Of those, the ones that the chain tells of. */
  #told = 0;
  #failures = 0;
  #isFailing = false;
  #syncedUnixMs = 0;
  #work: Promise<void> = Promise.resolve();
  #isWorking = false;
  readonly #timer: NodeJS.Timeout;

  constructor(options: AuditTrailOptions) {
    this.#options = options;
    this.#head = options.spool.found.head;
    this.#timer = setInterval(() => this.#begin(), Math.min(options.limits.segmentMs, 1000));
    this.#timer.unref();
  }

  /** Whether the last write went through and there is room for more. */
  get isAccepting(): boolean {
    return !this.#isFailing && this.#pending.length < this.#options.limits.pendingMax;
  }

  /** Records that the chain does not and will not hold. */
  get omitted(): number {
    return this.#omitted;
  }

  get failures(): number {
    return this.#failures;
  }

  /** Number of the next record. */
  get nextSeq(): number {
    return this.#head.seq;
  }

  append(record: ChainRecord): void {
    if (this.#pending.length >= this.#options.limits.pendingMax) {
      this.#omitted += 1;
      return;
    }
    this.#pending.push(record);
    this.#begin();
  }

  /** Resolves once all that was appended before is written, or could not be. */
  async settled(): Promise<void> {
    this.#begin();
    await this.#work;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer);
    this.#closing.abort();
    await this.#work;
    this.#pending.push({ kind: 'closed', unixMs: this.#options.clock.nowUnixMs() });
    // One try: a disk that is full must not keep the program from its end.
    await this.#tryWrite();
    if (!this.#isFailing) await this.#seal().catch((error) => this.#fail(error));
    await this.#file?.close().catch(() => {});
  }

  #begin(): void {
    if (this.#isWorking || this.#closing.signal.aborted) return;
    this.#isWorking = true;
    this.#work = this.#run().finally(() => {
      this.#isWorking = false;
    });
  }

  async #run(): Promise<void> {
    await this.#waited(this.#options.limits.gatherMs);
    do {
      await this.#tryWrite();
      if (this.#isFailing && !(await this.#waited(this.#options.limits.retryMs))) return;
    } while (this.#pending.length > 0 || this.#isFailing);
    await this.#tend().catch((error) => this.#fail(error));
  }

  async #waited(ms: number): Promise<boolean> {
    return delay(ms, true, { signal: this.#closing.signal, ref: false }).catch(() => false);
  }

  async #tryWrite(): Promise<void> {
    try {
      await this.#write();
      if (this.#isFailing)
        this.#options.logger.info({ event: 'audit-recovered' }, 'the audit log is written again');
      this.#isFailing = false;
    } catch (error) {
      this.#fail(error);
    }
  }

  #fail(error: unknown): void {
    this.#failures += 1;
    if (!this.#isFailing) {
      this.#options.logger.warn(
        { event: 'audit-failed', ...describeError(error) },
        'the audit log cannot be written',
      );
    }
    this.#isFailing = true;
  }

  /** All that waits, as one write. The chain moves on only when it went through. */
  async #write(): Promise<void> {
    const { limits, spool, signer, clock } = this.#options;
    const batch = this.#pending.slice();
    const omitted = this.#omitted;
    if (omitted > this.#told)
      batch.push({ kind: 'omitted', count: omitted - this.#told, unixMs: clock.nowUnixMs() });
    if (batch.length === 0 && !this.#isFailing) return;
    let head = this.#head;
    let text = '';
    let sinceCheckpoint = this.#sinceCheckpoint;
    for (const record of batch) {
      const linked = link(head, record);
      text += `${linked.text}\n`;
      head = linked.head;
      sinceCheckpoint += 1;
      if (sinceCheckpoint < limits.checkpointEvery) continue;
      const checkpoint = link(head, signer.checkpoint(head, clock.nowUnixMs()));
      text += `${checkpoint.text}\n`;
      head = checkpoint.head;
      sinceCheckpoint = 0;
    }
    if (spool.bytes + text.length > limits.spoolBytesMax) throw new SpoolFullError();
    this.#file ??= await this.#beginFile();
    await this.#file.append(text);
    this.#pending.splice(0, omitted > this.#told ? batch.length - 1 : batch.length);
    this.#told = omitted;
    this.#head = head;
    this.#sinceCheckpoint = sinceCheckpoint;
    if (this.#options.fsync === 'always') await this.#file.sync();
  }

  async #beginFile(): Promise<SegmentFile> {
    this.#fileSinceUnixMs = this.#options.clock.nowUnixMs();
    return this.#options.spool.begin(this.#head);
  }

  /** Forces to the disk and seals what is due. */
  async #tend(): Promise<void> {
    const { limits, clock, fsync } = this.#options;
    if (this.#file === undefined) return;
    const nowUnixMs = clock.nowUnixMs();
    const isOld = nowUnixMs - this.#fileSinceUnixMs >= limits.segmentMs;
    if (isOld || this.#file.bytes >= limits.segmentBytesMax) return this.#seal();
    if (fsync !== 'interval' || nowUnixMs - this.#syncedUnixMs < limits.fsyncMs) return;
    await this.#file.sync();
    this.#syncedUnixMs = nowUnixMs;
  }

  /** Every segment ends in a checkpoint, so that what is shipped is signed to its end. */
  async #seal(): Promise<void> {
    const { signer, clock, onSealed } = this.#options;
    if (this.#file === undefined) return;
    if (this.#sinceCheckpoint > 0) {
      const { text, head } = link(this.#head, signer.checkpoint(this.#head, clock.nowUnixMs()));
      await this.#file.append(`${text}\n`);
      this.#head = head;
      this.#sinceCheckpoint = 0;
    }
    const file = this.#file;
    await file.seal();
    this.#file = undefined;
    onSealed();
  }
}

class SpoolFullError extends Error {
  override readonly name = 'SpoolFullError';
}
