/**
 * The frames of several generations as they come, each with the index of its own. Where one fails, all are ended and its error is
 * thrown; leaving the iteration ends all. No generation runs more than one frame ahead of the reader, and none can keep
 * another from its turn.
 */

import type { GenerateRequest } from '../../rpc/contract/generate.ts';
import type { InferenceClient } from '../../rpc/inference.ts';
import { type AnswerFrame, answerFrames } from './answer-frames.ts';

export interface ChoiceFrame {
  readonly index: number;
  readonly frame: AnswerFrame;
}

interface Arrival {
  readonly index: number;
  /** @throws what the generation failed with. */
  read(): IteratorResult<AnswerFrame, void>;
}

export interface ChoiceFramesOptions {
  readonly inference: Pick<InferenceClient, 'generate'>;
  /** Whose turn in the queue each of them takes. */
  readonly caller: string;
  readonly signal: AbortSignal;
}

export async function* choiceFrames(
  requests: readonly GenerateRequest[],
  { inference, caller, signal }: ChoiceFramesOptions,
): AsyncGenerator<ChoiceFrame, void, undefined> {
  const ending = new AbortController();
  // Not AbortSignal.any, which costs as much as the rest of this.
  const end = () => ending.abort(signal.reason);
  signal.addEventListener('abort', end);
  if (signal.aborted) end();
  const sources = requests.map((request) =>
    answerFrames(inference, request, { caller, signal: ending.signal }),
  );
  const [only] = sources;
  const arrivals: Arrival[] = [];
  let wake = () => {};

  function arrive(arrival: Arrival): void {
    arrivals.push(arrival);
    wake();
  }

  function ask(index: number): void {
    sources[index]?.next().then(
      (result) => arrive({ index, read: () => result }),
      (error: unknown) =>
        arrive({
          index,
          read() {
            throw error;
          },
        }),
    );
  }

  let running = sources.length;
  try {
    if (only !== undefined && running === 1) {
      // As below, without a turn for each frame.
      for await (const frame of only) yield { index: 0, frame };
      running = 0;
    }
    for (const index of sources.keys()) if (running > 0) ask(index);
    while (running > 0) {
      const arrival = arrivals.shift();
      if (arrival === undefined) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
        continue;
      }
      const { done, value } = arrival.read();
      if (done) {
        running -= 1;
        continue;
      }
      yield { index: arrival.index, frame: value };
      ask(arrival.index);
    }
  } finally {
    // Not where all have ended: a finished generation is not a cancelled one.
    if (running > 0) ending.abort();
    signal.removeEventListener('abort', end);
    // Not awaited: it would queue behind a `next` that is still pending.
    for (const source of sources) source.return().catch(() => {});
  }
}
