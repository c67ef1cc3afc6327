/** Puts a meter between the worker's frames, the events made of them, and the client that reads those. */

import type { ChoiceFrame } from '../runtime/choice-frames.ts';
import type { RequestMeter } from './request-meter.ts';

export async function* meteredFrames(
  frames: AsyncGenerator<ChoiceFrame, void, undefined>,
  { meter, onFirstFrame }: { readonly meter: RequestMeter; readonly onFirstFrame: () => void },
): AsyncGenerator<ChoiceFrame, void, undefined> {
  let isFirst = true;
  try {
    for (;;) {
      const endWait = meter.beginWait('worker');
      const { done, value } = await frames.next().finally(endWait);
      if (done) return;
      if (isFirst) onFirstFrame();
      isFirst = false;
      meter.countFrame(value.frame);
      yield value;
    }
  } finally {
    await frames.return();
  }
}

/** The time from one event until the next is asked for is the client's. */
export function meteredEvents(events: AsyncIterator<string>, meter: RequestMeter): AsyncIterator<string> {
  let endWait = () => {};
  return {
    async next() {
      endWait();
      endWait = () => {};
      const result = await events.next();
      if (!result.done) endWait = meter.beginWait('client');
      return result;
    },
  };
}
