/** Downloads, from servers that msw plays: whole, cut, resumed, wrong in each way that a server can be wrong. */

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { HttpResponse, http } from 'msw';
import { setupServer } from 'msw/node';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { ModelEntry } from '../../../../src/worker/model-files/manifest.ts';
import {
  type FetchModelOptions,
  fetchModel,
} from '../../../../src/worker/model-files/runtime/fetch-model.ts';
import { until } from '../../../support/until.ts';
import { entry, filesBelow, https, noise, rejection, type Workshop, workshop } from './workshop.ts';

const url = 'https://models.test/model.gguf';
const mirror = 'https://mirror.test/model.gguf';
const content = noise(3_000);
const other = noise(3_000, 2);
const model = entry('some', content, [https(url)]);
const whole = ['models/.work/some/stamp.json', 'models/some/some.gguf'];
const cutOff = ['models/.work/some/some.gguf.part', 'models/.work/some/some.gguf.part.tag'];

const server = setupServer();
beforeAll(() => server.listen({ onUnhandledFrame: 'error' }));
afterEach(() => server.resetHandlers());
afterAll(() => server.close());

interface Asked {
  readonly range: string | null;
  readonly ifRange: string | null;
}

/** Plays a server and keeps what it was asked; the answers are given in order, the last one again and again. */
function play(
  address: string,
  answers: readonly ((asked: Asked) => Response | Promise<Response>)[],
): Asked[] {
  const asked: Asked[] = [];
  server.use(
    http.get(address, ({ request }) => {
      const question = { range: request.headers.get('range'), ifRange: request.headers.get('if-range') };
      asked.push(question);
      const answer = answers[Math.min(asked.length, answers.length) - 1];
      return answer?.(question) ?? HttpResponse.error();
    }),
  );
  return asked;
}

const start = ({ range }: Asked) => Number(/^bytes=(\d+)-$/.exec(range ?? '')?.[1] ?? 0);

/** The rest from where it is asked for. */
function rest(bytes: Buffer, headers: Record<string, string> = { etag: '"one"' }) {
  return (asked: Asked) => {
    const from = start(asked);
    if (from === 0)
      return new Response(bytes, { headers: { ...headers, 'content-length': `${bytes.length}` } });
    const range = { 'content-range': `bytes ${from}-${bytes.length - 1}/${bytes.length}` };
    return new Response(bytes.subarray(from), { status: 206, headers: { ...headers, ...range } });
  };
}

/** What breaks the connection whose client has received so many bytes. */
let breaks: { readonly atBytes: number; readonly error: () => void } | undefined;

/** Sends so many bytes from where it is asked for; when they have arrived, the connection breaks. */
function cutAfter(count: number, headers: Record<string, string> = { etag: '"one"' }) {
  return (asked: Asked) => {
    const from = start(asked);
    const body = new ReadableStream({
      start(controller) {
        controller.enqueue(new Uint8Array(content.subarray(from, from + count)));
        breaks = { atBytes: from + count, error: () => controller.error(new Error('broken')) };
      },
    });
    const length = { 'content-length': `${content.length - from}` };
    const range = { 'content-range': `bytes ${from}-${content.length - 1}/${content.length}` };
    return from === 0
      ? new Response(body, { headers: { ...headers, ...length } })
      : new Response(body, { status: 206, headers: { ...headers, ...length, ...range } });
  };
}

function shopThatBreaks(overrides: Partial<FetchModelOptions> = {}): Workshop {
  const shop = workshop(overrides);
  return {
    ...shop,
    onProgress(step) {
      shop.onProgress(step);
      if (step.done === breaks?.atBytes) breaks.error();
    },
  };
}

async function expectWhole(shop: Workshop, wanted: ModelEntry = model) {
  const fetched = await fetchModel([wanted], shop);
  expect(fetched).toEqual({
    model: wanted,
    file: join(shop.cacheDir, 'models/some/some.gguf'),
    isNew: true,
  });
  expect(readFileSync(fetched.file).equals(content)).toBe(true);
  expect(filesBelow(shop.cacheDir)).toEqual(whole);
}

test('downloads a file, tells how far it is, and leaves only the file and its stamp', async () => {
  const shop = shopThatBreaks();
  const asked = play(url, [rest(content)]);
  await expectWhole(shop);
  expect(asked).toEqual([{ range: null, ifRange: null }]);
  expect(shop.steps[0]).toEqual({ step: 'download', done: 0, total: 3_000 });
  expect(shop.steps.at(-1)).toEqual({ step: 'download', done: 3_000, total: 3_000 });
});

test('goes on where the connection broke, and makes the server check that its file is the same', async () => {
  const asked = play(url, [cutAfter(1_000), cutAfter(500), rest(content)]);
  await expectWhole(shopThatBreaks());
  expect(asked).toEqual([
    { range: null, ifRange: null },
    { range: 'bytes=1000-', ifRange: '"one"' },
    { range: 'bytes=1500-', ifRange: '"one"' },
  ]);
});

test('keeps what came of a broken download, and a later run goes on with it', async () => {
  const shop = shopThatBreaks();
  play(url, [cutAfter(1_000), () => HttpResponse.error()]);
  const error = await rejection(fetchModel([model], shop));
  expect(error).toMatchObject({ code: 'WORKER_MODEL_UNAVAILABLE' });
  expect(filesBelow(shop.cacheDir)).toEqual(cutOff);
  server.resetHandlers();
  const asked = play(url, [rest(content)]);
  await expectWhole(shop);
  expect(asked).toEqual([{ range: 'bytes=1000-', ifRange: '"one"' }]);
});

test.each([
  ['no tag', {}],
  ['a weak tag', { etag: 'W/"one"' }],
])('asks for the rest without a condition where the server gave %s', async (_, headers) => {
  const asked = play(url, [cutAfter(1_000, headers), rest(content, headers)]);
  await expectWhole(shopThatBreaks());
  expect(asked[1]).toEqual({ range: 'bytes=1000-', ifRange: null });
});

test('begins anew where the server knows no ranges, or its file has changed', async () => {
  const ignoring = () => new Response(content, { headers: { 'content-length': `${content.length}` } });
  const asked = play(url, [cutAfter(1_000), ignoring]);
  await expectWhole(shopThatBreaks());
  expect(asked[1]).toEqual({ range: 'bytes=1000-', ifRange: '"one"' });
});

test('begins anew where the server has nothing behind what we have', async () => {
  const asked = play(url, [cutAfter(1_000), () => new Response(null, { status: 416 }), rest(content)]);
  await expectWhole(shopThatBreaks());
  expect(asked.map(({ range }) => range)).toEqual([null, 'bytes=1000-', null]);
});

test('gives up a server that breaks every connection, after five, and keeps what it sent', async () => {
  const shop = shopThatBreaks();
  const asked = play(url, [cutAfter(100)]);
  expect((await rejection(fetchModel([model], shop))).message).toContain('closed');
  expect(asked).toHaveLength(5);
  expect(filesBelow(shop.cacheDir)).toEqual(cutOff);
  expect(readFileSync(join(shop.cacheDir, cutOff[0] ?? ''))).toHaveLength(500);
});

test('gives up a server that sends nothing for too long', async () => {
  const silent = () => new Response(new ReadableStream({ pull: () => new Promise(() => undefined) }));
  play(url, [silent]);
  const error = await rejection(fetchModel([model], workshop({ stallMsMax: 50 })));
  expect(error.message).toContain('models.test: sent nothing for 0.05 s');
});

test('keeps nothing of a file with a wrong hash, and asks no other source', async () => {
  const shop = shopThatBreaks();
  play(url, [rest(other)]);
  const asked = play(mirror, [rest(content)]);
  const error = await rejection(fetchModel([entry('some', content, [https(url, mirror)])], shop));
  expect(error).toMatchObject({ code: 'WORKER_MODEL_HASH_WRONG' });
  expect(error.message).toMatch(
    /^could not use some\.gguf from models\.test: its SHA-256 is [0-9a-f]{64} instead of/,
  );
  expect(filesBelow(shop.cacheDir)).toEqual([]);
  expect(asked).toEqual([]);
});

test('a resumed file that does not fit its beginning gets one try from the start', async () => {
  const shop = shopThatBreaks();
  const wanted = entry('some', other, [https(url)]);
  // The beginning that it leaves is not of this file.
  play(url, [cutAfter(1_000), () => HttpResponse.error()]);
  await rejection(fetchModel([wanted], shop));
  server.resetHandlers();
  const asked = play(url, [rest(other)]);
  const fetched = await fetchModel([wanted], shop);
  expect(readFileSync(fetched.file).equals(other)).toBe(true);
  expect(asked.map(({ range }) => range)).toEqual(['bytes=1000-', null]);
});

test('a resumed file that is wrong from the start as well is an error, and nothing of it is kept', async () => {
  const shop = shopThatBreaks();
  const wanted = entry('some', noise(3_000, 3), [https(url)]);
  const asked = play(url, [cutAfter(1_000), rest(other)]);
  expect(await rejection(fetchModel([wanted], shop))).toMatchObject({ code: 'WORKER_MODEL_HASH_WRONG' });
  expect(asked.map(({ range }) => range)).toEqual([null, 'bytes=1000-', null]);
  expect(filesBelow(shop.cacheDir)).toEqual([]);
});

const chunked = (bytes: Buffer) => () =>
  new Response(
    new ReadableStream({
      start(controller) {
        controller.enqueue(new Uint8Array(bytes));
        controller.close();
      },
    }),
  );

test.each<[string, string, number, (asked: Asked) => Response]>([
  ['is not there', 'answered 404', 1, () => new Response('no', { status: 404 })],
  ['has another size', 'has 2999 bytes where the manifest names 3000', 1, rest(content.subarray(1))],
  ['never ends', 'sent more than the 3000 bytes', 1, chunked(Buffer.concat([content, other]))],
  ['ends early, twice', 'ended after 2900 of 3000 bytes', 2, chunked(content.subarray(0, 2_900))],
  ['cannot be reached', 'fetch failed', 1, () => HttpResponse.error()],
])('goes on to the next address where a file %s', async (_, reason, requests, answer) => {
  const shop = shopThatBreaks();
  const asked = play(url, [answer]);
  const alone = await rejection(fetchModel([model], shopThatBreaks()));
  expect(alone.message).toContain(reason);
  expect(asked).toHaveLength(requests);
  play(mirror, [rest(content)]);
  await expectWhole(shop, entry('some', content, [https(url, mirror)]));
});

test('begins anew where what was left is longer than the file', async () => {
  const shop = shopThatBreaks();
  const left = join(shop.cacheDir, cutOff[0] ?? '');
  mkdirSync(dirname(left), { recursive: true });
  writeFileSync(left, noise(3_001));
  const asked = play(url, [rest(content)]);
  await expectWhole(shop);
  expect(asked).toEqual([{ range: null, ifRange: null }]);
});

test.each([
  ['another range', 'bytes 0-2999/3000', 'another range'],
  ['the rest of a file of another size', 'bytes 1000-3999/4000', 'has 4000 bytes'],
])('refuses %s than it asked for', async (_, range, reason) => {
  const shop = shopThatBreaks();
  const headers = { 'content-range': range };
  play(url, [cutAfter(1_000), () => new Response(content.subarray(1_000), { status: 206, headers })]);
  expect((await rejection(fetchModel([model], shop))).message).toContain(reason);
  expect(filesBelow(shop.cacheDir)).toEqual(cutOff);
});

test('follows a redirection, also for the rest of a file', async () => {
  server.use(http.get(url, () => HttpResponse.redirect(mirror, 302)));
  const asked = play(mirror, [cutAfter(1_000), rest(content)]);
  await expectWhole(shopThatBreaks());
  expect(asked[1]).toEqual({ range: 'bytes=1000-', ifRange: '"one"' });
});

test('refuses a redirection to an address without https', async () => {
  server.use(
    http.get(url, () => HttpResponse.redirect('http://models.test/model.gguf', 302)),
    http.get('http://models.test/model.gguf', () => new Response(content)),
  );
  const error = await rejection(fetchModel([model], shopThatBreaks()));
  expect(error.message).toContain('redirects to an address without https');
});

test('a source whose host does not answer costs no request', async () => {
  const asked = play(url, [rest(content)]);
  const reach = () => Promise.reject(new Error('no connection within 1 s'));
  const error = await rejection(fetchModel([model], workshop({ network: { fetch, reach } })));
  expect(error.message).toContain('models.test: no connection within 1 s');
  expect(asked).toEqual([]);
});

test('an abort in the middle leaves what can be resumed, and nothing else', async () => {
  const stop = new AbortController();
  const shop = shopThatBreaks({ signal: stop.signal });
  const hanging = () => {
    const body = new ReadableStream({
      start: (controller) => controller.enqueue(new Uint8Array(content.subarray(0, 700))),
    });
    return new Response(body, { headers: { etag: '"one"' } });
  };
  play(url, [hanging]);
  const fetching = rejection(fetchModel([model], shop));
  const received = () => (shop.steps.at(-1)?.done === 700 ? true : undefined);
  await until(received, { what: 'the first part', budgetMs: 10_000 }, () => shop.steps.at(-1));
  stop.abort();
  await fetching;
  expect(filesBelow(shop.cacheDir)).toEqual(cutOff);
  server.resetHandlers();
  const asked = play(url, [rest(content)]);
  await expectWhole({ ...shop, signal: new AbortController().signal });
  expect(asked).toEqual([{ range: 'bytes=700-', ifRange: '"one"' }]);
});
