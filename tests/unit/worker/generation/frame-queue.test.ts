import { expect, test } from 'vitest';
import { createFrameQueue } from '../../../../src/worker/generation/frame-queue.ts';

test('gives what is there and what comes, up to the end', async () => {
  const queue = createFrameQueue<number>(4, () => undefined);
  queue.push([1, 2]);
  const read = collectAll(queue.read());
  await undefined;
  queue.push([3]);
  queue.push([]);
  queue.end();
  expect(await read).toEqual([1, 2, 3]);
});

test('gives the frames before the failure, and the first end counts', async () => {
  const queue = createFrameQueue<number>(4, () => undefined);
  const failure = new Error('a test ended it');
  queue.push([1]);
  queue.end(failure);
  queue.end();
  const frames: number[] = [];
  const read = async () => {
    for await (const frame of queue.read()) frames.push(frame);
  };
  await expect(read()).rejects.toBe(failure);
  expect(frames).toEqual([1]);
});

test('is full from its bound on, and tells once when there is room again', async () => {
  let rooms = 0;
  const queue = createFrameQueue<number>(2, () => rooms++);
  queue.push([1]);
  expect(queue.isFull).toBe(false);
  queue.push([2, 3]);
  expect(queue.isFull).toBe(true);
  const read = queue.read();
  expect([await read.next(), queue.isFull, rooms]).toEqual([{ value: 1, done: false }, true, 0]);
  expect([await read.next(), queue.isFull, rooms]).toEqual([{ value: 2, done: false }, false, 1]);
  expect([await read.next(), queue.isFull, rooms]).toEqual([{ value: 3, done: false }, false, 1]);
});

async function collectAll(read: AsyncIterable<number>): Promise<number[]> {
  const all: number[] = [];
  for await (const one of read) all.push(one);
  return all;
}
