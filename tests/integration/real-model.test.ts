/** The real model, whichever can be had, in the whole deployment. Its tokens come slowly enough to interrupt them. */
import OpenAI from 'openai';
import { afterAll, beforeAll, expect, type TestContext, test } from 'vitest';
import { missing } from '../require.ts';
import { startTestedDeployment, type TestedDeployment } from '../support/tested-deployment.ts';
import { until } from '../support/until.ts';

let deployment: TestedDeployment | undefined;
let unavailable = '';

beforeAll(async () => {
  try {
    deployment = await startTestedDeployment();
  } catch (error) {
    unavailable = error instanceof Error ? error.message : String(error);
    if (!/could not get the model/.test(unavailable)) throw error;
  }
}, 180_000);
afterAll(() => deployment?.[Symbol.asyncDispose]());

async function service(context: TestContext) {
  if (deployment === undefined) return missing(context, `a real model: ${unavailable}`);
  const client = new OpenAI({ apiKey: deployment.apiKey, baseURL: `${deployment.url}/v1`, maxRetries: 0 });
  const model = (await client.models.list()).data[0]?.id ?? '';
  return { client, model, deployment };
}

const story = [{ role: 'user' as const, content: 'Tell me a long story about a ship.' }];

test('knows the capital of France, greedily, through the whole deployment', async (context) => {
  const { client, model } = await service(context);
  const { choices } = await client.chat.completions.create({
    model,
    messages: [{ role: 'user', content: 'What is the capital of France?' }],
    temperature: 0,
    max_tokens: 32,
  });
  expect(choices[0]?.message.content).toContain('Paris');
});

test('goes on with the stream of a killed worker at the other one, byte for byte, and serves the next request', async (context) => {
  const { client, model, deployment: running } = await service(context);
  const request = { model, messages: story, temperature: 1, max_tokens: 60 };
  const seeds = [11, 12];
  const answers: (string | null | undefined)[] = [];
  for (const seed of seeds) {
    answers.push((await client.chat.completions.create({ ...request, seed })).choices[0]?.message.content);
  }
  // Two at once go to two workers: each takes the least busy one.
  const begun = new Set<number>();
  let isKilled: Promise<void> | undefined;
  const streams = await Promise.all(
    seeds.map(async (seed) => {
      const seen = { text: '', finish: '', error: '' };
      try {
        for await (const chunk of await client.chat.completions.create({ ...request, seed, stream: true })) {
          const [choice] = chunk.choices;
          seen.text += choice?.delta.content ?? '';
          seen.finish = choice?.finish_reason ?? seen.finish;
          if (seen.text !== '') begun.add(seed);
          if (begun.size === seeds.length) isKilled ??= running.signal('worker-0', 'SIGKILL');
        }
      } catch (error) {
        seen.error = error instanceof Error ? error.message : String(error);
      }
      return seen;
    }),
  );
  await isKilled;
  // The one whose worker died goes on at the other: no token is lost, repeated or different, and nobody is told.
  expect(streams.map(({ error }) => error)).toStrictEqual(['', '']);
  expect(streams.map(({ text }) => text)).toStrictEqual(answers);
  for (const { finish } of streams) expect(finish).toMatch(/^(stop|length)$/);
  await until(
    () => (running.ended.includes('worker-0') ? true : undefined),
    { what: 'the end of worker-0', budgetMs: 5_000 },
    () => running.ended,
  );
  const next = await client.chat.completions.create({ ...request, max_tokens: 8 });
  expect(next.choices[0]?.finish_reason).toMatch(/^(stop|length)$/);
}, 60_000);
