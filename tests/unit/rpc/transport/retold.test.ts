import { expect, test } from 'vitest';
import type { GenerateFrame, GenerateRequest, Sampling } from '../../../../src/rpc/contract/generate.ts';
import { isDrydockError } from '../../../../src/rpc/errors.ts';
import type { GenerateHandler } from '../../../../src/rpc/inference.ts';
import { within } from '../until.ts';
import { neverAborted, requestFor, startCluster } from './cluster.ts';

/** Tells these words without ids, and after the first so many nothing more. */
function telling(
  words: readonly string[],
  { until: count = words.length }: { until?: number } = {},
): GenerateHandler {
  return async function* tell(_request, { signal }) {
    for (const [seq, text] of words.slice(0, count).entries()) yield { seq, ids: [], tokens: 1, text };
    if (count < words.length)
      await new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
    const usage = { promptTokens: 3, completionTokens: words.length };
    yield { done: { finishReason: 'stop', usage } };
  };
}

/** @returns the code that it ends with. */
async function readInto(
  seen: GenerateFrame[],
  frames: AsyncIterator<GenerateFrame>,
): Promise<string | undefined> {
  try {
    for await (const frame of { [Symbol.asyncIterator]: () => frames }) seen.push(frame);
    return undefined;
  } catch (error) {
    return isDrydockError(error) ? error.code : String(error);
  }
}

const words = ['to ', 'tell ', 'it ', 'again'];

/** The first worker is lost after two words, while the other tells these. */
type Asked = Partial<Sampling> & Pick<GenerateRequest, 'tools'>;

async function retold(others: readonly string[], { tools, ...sampling }: Asked = {}) {
  await using cluster = await startCluster();
  const worker = await cluster.addWorker('foreign', telling(words, { until: 2 }));
  const request = requestFor();
  const frames = cluster.client
    .generate(
      { ...request, ...(tools && { tools }), sampling: { ...request.sampling, ...sampling } },
      { signal: neverAborted() },
    )
    [Symbol.asyncIterator]();
  const seen: GenerateFrame[] = [];
  while (seen.length < 2) seen.push(...[(await frames.next()).value].filter((frame) => frame !== undefined));
  if (others.length > 0) await cluster.addWorker('other', telling(others));
  await worker[Symbol.asyncDispose]();
  const code = await within('the end', 2000, readInto(seen, frames));
  const tokens = seen.filter((frame) => 'seq' in frame);
  return { code, text: tokens.map(({ text }) => text).join(''), seqs: tokens.map(({ seq }) => seq) };
}

test('a stream whose tokens have no ids is told anew by another worker, and the caller sees each word once', async () => {
  expect(await retold(words)).toEqual({ code: undefined, text: words.join(''), seqs: [0, 1, 2, 3] });
});

const tools = {
  functions: [{ name: 'tell', parameters: '{}', isStrict: false }],
  isRequired: false,
  isParallel: true,
};

test.each<[string, readonly string[], Asked]>([
  ['answers otherwise', ['to ', 'say ', 'it ', 'again'], {}],
  ['ends before it is where the first was', ['to '], {}],
  ['cannot say whose log probabilities are whose', words, { logprobs: 0 }],
  ['may call functions, which are no text,', words, { tools }],
  ['is not there', [], {}],
])('where the other worker %s, it ends with RPC_WORKER_LOST', async (_, others, sampling) => {
  expect(await retold(others, sampling)).toMatchObject({ code: 'RPC_WORKER_LOST', text: 'to tell ' });
});
