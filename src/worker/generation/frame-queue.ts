/** Frames between the scheduler, which makes them, and the consumer, who may be slower: beyond a bound the queue is full, and says so. */

export interface FrameQueue<T> {
  readonly isFull: boolean;
  push(frames: readonly T[]): void;
  /** Nothing more will come. The first end counts. */
  end(failure?: unknown): void;
  /** What is there, or comes, up to the end. @throws the failure that it ended with, after the frames before it. */
  read(): AsyncGenerator<T, void, undefined>;
}

/** @param onRoom told when the queue was full and is no more. */
export function createFrameQueue<T>(max: number, onRoom: () => void): FrameQueue<T> {
  const frames: T[] = [];
  let ended: { readonly failure: unknown } | undefined;
  let wake: (() => void) | undefined;
  return {
    get isFull() {
      return frames.length >= max;
    },
    push(added) {
      frames.push(...added);
      wake?.();
    },
    end(failure) {
      ended ??= { failure };
      wake?.();
    },
    async *read() {
      for (;;) {
        const wasFull = frames.length >= max;
        const frame = frames.shift();
        if (wasFull && frames.length < max) onRoom();
        if (frame !== undefined) yield frame;
        else if (ended === undefined) await woken();
        else if (ended.failure === undefined) return;
        else throw ended.failure;
      }
    },
  };

  async function woken(): Promise<void> {
    await new Promise<void>((resolve) => {
      wake = resolve;
    });
    wake = undefined;
  }
}
