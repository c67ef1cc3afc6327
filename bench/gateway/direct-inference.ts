/** What `src/rpc` is to the gateway, over plain HTTP to one OpenAI-compatible server: no engine, no worker, no second attempt. */
import type { GenerateFrame, InferenceClient } from '../../src/rpc/index.ts';
import { doneFrame, modelNames } from './protocol.ts';

const worker = {
  kind: 'infer',
  workerId: 'bench-upstream',
  availabilityZone: 'bench',
  models: modelNames.map((name) => ({ name, contextTokensMax: 4096 })),
  slots: 256,
} as const;

export function directInference(upstreamUrl: string): InferenceClient {
  return {
    models: () => worker.models,
    workers: () => [worker],
    health: () => ({ engines: [], routes: [] }),
    async *generate({ model, messages, sampling }, { signal }) {
      const response = await fetch(`${upstreamUrl}/v1/chat/completions`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({
          ...{ model, messages, stream: true },
          temperature: sampling.temperature,
          max_tokens: sampling.maxTokens,
        }),
        signal,
      });
      if (response.body === null) throw new TypeError('the upstream sent no body');
      yield* framesOf(response.body);
    },
    tokenize: () => Promise.reject(new TypeError('the upstream of the bench has no tokenizer')),
    [Symbol.asyncDispose]: async () => {},
  };
}

interface Chunk {
  readonly choices: readonly { readonly delta: { readonly content?: string } }[];
}

async function* framesOf(body: ReadableStream<Uint8Array>): AsyncGenerator<GenerateFrame> {
  const decoder = new TextDecoder();
  let rest = '';
  let seq = 0;
  for await (const bytes of body) {
    const lines = (rest + decoder.decode(bytes, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      if (!line.startsWith('data: ')) continue;
      if (line === 'data: [DONE]') {
        yield doneFrame(seq);
        return;
      }
      const chunk: Chunk = JSON.parse(line.slice('data: '.length));
      const text = chunk.choices[0]?.delta.content;
      if (!text) continue;
      yield { seq, ids: [], tokens: 1, text };
      seq += 1;
    }
  }
}
