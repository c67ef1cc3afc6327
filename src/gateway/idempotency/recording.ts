/**
 * The bytes of one answer while it is made, for readers that may come at any time and all begin at its beginning. While it is whole it
 * keeps all of them; beyond a number of bytes nobody can join any more, and it keeps what its slowest reader has not read. When its last
 * reader leaves before its end, it says so: nobody wants the rest.
 */

export interface RecordingOptions {
  readonly bytesMax: number;
  /** The recording holds so many bytes more, or fewer. @returns whether it may keep all that it holds. */
  onBytes(change: number): boolean;
  /** Called at most once, and not after the end. */
  onAbandoned(): void;
}

export interface RecordingReader {
  /** Its content type, once the answer has begun; rejects with what it failed with before that. */
  readonly begun: Promise<string>;
  body(): ReadableStream<Uint8Array>;
  /** Reads no further. May be called more than once. */
  leave(): void;
  /** Resolves once it has left, at the end of what there was to read too. */
  readonly left: Promise<void>;
}

interface Position {
  /** Of the next chunk, counted from the first there ever was. */
  next: number;
}

export class Recording {
  readonly #options: RecordingOptions;
  readonly #begun = Promise.withResolvers<string>();
  readonly #positions = new Set<Position>();
  readonly #chunks: Uint8Array[] = [];
  #dropped = 0;
  #bytes = 0;
  #isJoinable = true;
  #isEnded = false;
  #change = Promise.withResolvers<void>();

  constructor(options: RecordingOptions) {
    this.#options = options;
    // Whoever reads awaits it; where nobody does, a failure has been told already.
    this.#begun.promise.catch(() => {});
  }

  /** Held in memory. */
  get bytes(): number {
    return this.#bytes;
  }

  get isJoinable(): boolean {
    return this.#isJoinable;
  }

  get isEnded(): boolean {
    return this.#isEnded;
  }

  begin(contentType: string): void {
    this.#begun.resolve(contentType);
  }

  /** Resolves when more may come. */
  async append(chunk: Uint8Array): Promise<void> {
    this.#chunks.push(chunk);
    const mayKeep = this.#count(chunk.byteLength);
    this.#tell();
    if (!mayKeep || this.#bytes > this.#options.bytesMax) this.closeToNewReaders();
    while (!this.#isJoinable && this.#bytes > this.#options.bytesMax && this.#positions.size > 0) {
      await this.#change.promise;
    }
  }

  /** Keeps from now on only what its readers have not read. */
  closeToNewReaders(): void {
    this.#isJoinable = false;
    this.#dropRead();
  }

  end(): void {
    this.#isEnded = true;
    this.#tell();
  }

  /** Before it has begun. */
  fail(error: unknown): void {
    this.#begun.reject(error);
    this.end();
  }

  /** @throws TypeError where nobody can join any more. */
  join(): RecordingReader {
    if (!this.#isJoinable)
      throw new TypeError('nobody can join a recording that no longer has its beginning');
    const position: Position = { next: 0 };
    this.#positions.add(position);
    const { promise: left, resolve } = Promise.withResolvers<void>();
    const leave = () => {
      this.#leave(position);
      resolve();
    };
    return { begun: this.#begun.promise, body: () => this.#bodyFor(position, leave), leave, left };
  }

  #bodyFor(position: Position, leave: () => void): ReadableStream<Uint8Array> {
    return new ReadableStream<Uint8Array>(
      {
        pull: async (controller) => {
          for (;;) {
            const chunk = this.#chunks[position.next - this.#dropped];
            if (chunk !== undefined) {
              position.next += 1;
              if (!this.#isJoinable) this.#dropRead();
              controller.enqueue(chunk);
              return;
            }
            if (this.#isEnded) {
              leave();
              controller.close();
              return;
            }
            await this.#change.promise;
          }
        },
        cancel: leave,
      },
      { highWaterMark: 0 },
    );
  }

  #leave(position: Position): void {
    if (!this.#positions.delete(position)) return;
    if (!this.#isJoinable) this.#dropRead();
    if (this.#positions.size === 0 && !this.#isEnded) this.#options.onAbandoned();
    this.#tell();
  }

  #dropRead(): void {
    const end = this.#dropped + this.#chunks.length;
    const oldest = Math.min(end, ...[...this.#positions].map(({ next }) => next));
    for (const chunk of this.#chunks.splice(0, oldest - this.#dropped)) this.#count(-chunk.byteLength);
    this.#dropped = oldest;
    this.#tell();
  }

  #count(change: number): boolean {
    this.#bytes += change;
    return this.#options.onBytes(change);
  }

  #tell(): void {
    this.#change.resolve();
    this.#change = Promise.withResolvers<void>();
  }
}
