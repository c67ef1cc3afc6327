/** What `src/rpc` is to the gateway, over plain HTTP to one OpenAI-compatible server: no engine, no worker, no second attempt. */
import type { GenerateFrame, InferenceClient } from '../../src/rpc/index.ts';
import { keptConnections } from './kept-connections.ts';
import { doneFrame, modelNames } from './protocol.ts';

const worker = {
  kind: 'infer',
  workerId: 'bench-upstream',
  availabilityZone: 'bench',
  models: modelNames.map((name) => ({ name, contextTokensMax: 4096 })),
  slots: 256,
} as const;

export function directInference(upstreamUrl: string): InferenceClient {
  const upstream = keptConnections(new URL(`${upstreamUrl}/v1/chat/completions`));
  return {
    models: () => worker.models,
    workers: () => [worker],
    health: () => ({ engines: [], routes: [] }),
    generate: ({ model, messages, sampling }, { signal }) =>
      framesOf(
        upstream.post(
          JSON.stringify({
            ...{ model, messages, stream: true },
            temperature: sampling.temperature,
            max_tokens: sampling.maxTokens,
          }),
          signal,
        ),
      ),
    tokenize: () => Promise.reject(new TypeError('the upstream of the bench has no tokenizer')),
    [Symbol.asyncDispose]: async () => {},
  };
}

interface Chunk {
  readonly choices: readonly { readonly delta: { readonly content?: string } }[];
}

async function* framesOf(texts: AsyncIterable<string>): AsyncGenerator<GenerateFrame> {
  let rest = '';
  let seq = 0;
  let isDone = false;
  for await (const text of texts) {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      if (!line.startsWith('data: {')) continue;
      const chunk: Chunk = JSON.parse(line.slice('data: '.length));
      const content = chunk.choices[0]?.delta.content;
      if (!content) continue;
      yield { seq, ids: [], tokens: 1, text: content };
      seq += 1;
    }
    isDone ||= lines.includes('data: [DONE]');
  }
  // Not before: the rest is read, so that the connection can be used again.
  if (isDone) yield doneFrame(seq);
}
