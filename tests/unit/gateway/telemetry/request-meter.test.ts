import { expect, it } from 'vitest';
import type { ChoiceFrame } from '../../../../src/gateway/runtime/choice-frames.ts';
import { meteredEvents, meteredFrames } from '../../../../src/gateway/telemetry/metered.ts';
import { RequestMeter } from '../../../../src/gateway/telemetry/request-meter.ts';

const onFirstFrame = () => {};

/** A clock by hand: what is awaited moves it. */
function heldClock() {
  let nowMs = 1000;
  return {
    nowMs: () => nowMs,
    pass: (ms: number) => {
      nowMs += ms;
    },
  };
}

it('tells the waits for the worker and the client from the gateway’s own time', async () => {
  const clock = heldClock();
  const meter = new RequestMeter(clock.nowMs);
  async function* slowFrames(): AsyncGenerator<ChoiceFrame, void, undefined> {
    await Promise.resolve();
    clock.pass(50);
    yield { index: 0, frame: { seq: 0, ids: [7], text: 'a' } };
    await Promise.resolve();
    clock.pass(20);
    yield { index: 0, frame: { seq: 1, ids: [8, 9], text: 'bc' } };
    await Promise.resolve();
    clock.pass(1);
    const usage = { promptTokens: 3, completionTokens: 3 };
    yield { index: 0, frame: { done: { finishReason: 'stop', usage } } };
  }
  async function* eventsOf(frames: AsyncIterable<ChoiceFrame>) {
    for await (const { frame } of frames) {
      clock.pass(2);
      yield JSON.stringify(frame);
    }
  }
  clock.pass(3);
  const events = meteredEvents(eventsOf(meteredFrames(slowFrames(), { meter, onFirstFrame })), meter);
  for (let count = 0; count < 3; count += 1) {
    await events.next();
    clock.pass(100);
  }
  expect((await events.next()).done).toBe(true);
  expect(meter.read()).toEqual({
    totalMs: 3 + 71 + 6 + 300,
    workerMs: 71,
    clientMs: 300,
    overheadMs: 9,
    firstTokenMs: 53,
    decodeMs: 122,
  });
  expect(meter.tokens).toBe(3);
});

it('counts the wait that ends in an error, and closes what it reads', async () => {
  const clock = heldClock();
  const meter = new RequestMeter(clock.nowMs);
  const failure = new Error('lost');
  async function* failing(): AsyncGenerator<ChoiceFrame, void, undefined> {
    yield { index: 0, frame: { seq: 0, ids: [], text: '', tokens: 4 } };
    await Promise.resolve();
    clock.pass(40);
    throw failure;
  }
  const frames = meteredFrames(failing(), { meter, onFirstFrame });
  await frames.next();
  await expect(frames.next()).rejects.toBe(failure);
  expect(meter.read()).toMatchObject({ workerMs: 40, overheadMs: 0 });
  expect(meter.tokens).toBe(4);
  let isClosed = false;
  async function* endless(): AsyncGenerator<ChoiceFrame, void, undefined> {
    try {
      for (;;) yield { index: 0, frame: { seq: 0, ids: [1], text: 'x' } };
    } finally {
      isClosed = true;
    }
  }
  const left = meteredFrames(endless(), { meter, onFirstFrame });
  await left.next();
  await left.return();
  expect(isClosed).toBe(true);
});
