/** A load that has to wait for room, and those who give it up. */

import { expect, test } from 'vitest';
import { ModelShelf, type ShelfModel } from '../../../../src/worker/generation/model-shelf-runtime.ts';
import { until } from '../../rpc/until.ts';
import { collect, errorOf, requestOf } from './ask.ts';

interface Shelf extends AsyncDisposable {
  readonly loads: readonly string[];
  ask(name: string, signal?: AbortSignal): Promise<unknown>;
  /** Whether it loads, or waits for room to. */
  isLoading(name: string): boolean;
  finish(): void;
}

/** Room for 100 bytes: `busy` (60) answers until `finish`, `large` (60) does not fit beside it, `small` (30) does. */
function openShelf(): Shelf {
  const loads: string[] = [];
  const finished = Promise.withResolvers<void>();
  const model = (name: string, bytes: number): ShelfModel => ({
    name,
    bytes,
    contextTokensMax: 10,
    isPinned: false,
    async load() {
      loads.push(name);
      return {
        async *handler() {
          if (name === 'busy') await finished.promise;
          yield { done: { finishReason: 'stop', usage: { promptTokens: 1, completionTokens: 0 } } };
        },
        [Symbol.asyncDispose]: () => Promise.resolve(),
      };
    },
  });
  const never = new AbortController().signal;
  const models = [model('busy', 60), model('large', 60), model('small', 30)];
  const shelf = new ModelShelf(models, { bytesMax: 100, signal: never });
  return {
    loads,
    ask: (name, signal = never) => collect(shelf.handler(requestOf({ model: name }), { signal })),
    isLoading: (name) => shelf.states.some((one) => one.name === name && one.state === 'loading'),
    finish: finished.resolve,
    [Symbol.asyncDispose]: () => shelf[Symbol.asyncDispose](),
  };
}

test('does not keep those behind it waiting once nobody waits for it', async () => {
  await using shelf = openShelf();
  const running = shelf.ask('busy');
  await until('the busy one to load', () => shelf.loads.includes('busy'));
  const controller = new AbortController();
  const large = errorOf(shelf.ask('large', controller.signal));
  const small = shelf.ask('small');
  await until('both to wait', () => shelf.isLoading('large') && shelf.isLoading('small'));
  controller.abort();
  expect((await large).code).toBe('RPC_CANCELLED');
  await small;
  shelf.finish();
  await running;
  // Nor is anybody's room taken for it later.
  expect(shelf.loads).toEqual(['busy', 'small']);
});

test('is made when somebody else wants it again, at whatever moment', async () => {
  for (let hops = 0; hops < 24; hops++) {
    await using shelf = openShelf();
    const running = shelf.ask('busy');
    await until('the busy one to load', () => shelf.loads.includes('busy'));
    const controller = new AbortController();
    const first = errorOf(shelf.ask('large', controller.signal));
    await until('it to wait', () => shelf.isLoading('large'));
    controller.abort();
    for (let hop = 0; hop < hops; hop++) await undefined;
    const again = shelf.ask('large');
    expect((await first).code).toBe('RPC_CANCELLED');
    shelf.finish();
    await Promise.all([running, again]);
    expect(shelf.loads).toEqual(['busy', 'large']);
  }
});
