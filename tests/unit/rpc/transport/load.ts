/** Streams that run beside each other, and what became of each. */
import type { GenerateFrame } from '../../../../src/rpc/contract/generate.ts';
import type { InferenceClient } from '../../../../src/rpc/inference.ts';
import { neverAborted, outcomeOf, requestFor } from './cluster.ts';

export interface Stream {
  readonly frames: readonly GenerateFrame[];
  /** undefined: it ended well. */
  readonly code: string | undefined;
  /** The longest wait for a frame. */
  readonly stallMs: number;
}

export interface Load {
  readonly ended: Promise<readonly Stream[]>;
  /** Streams of which something has come. */
  begun(): number;
}

export interface LoadOptions {
  readonly clients: readonly InferenceClient[];
  readonly streams: number;
  /** Tokens at most of each. */
  readonly maxTokens?: number;
}

export function startLoad({ clients, streams, maxTokens = 1000 }: LoadOptions): Load {
  let begun = 0;
  const run = async (index: number): Promise<Stream> => {
    const client = clients[index % clients.length];
    if (client === undefined) throw new TypeError('a load needs a client');
    const request = requestFor({ sampling: { maxTokens, temperature: 1, topP: 1, stop: [] } });
    let [lastMs, stallMs] = [performance.now(), 0];
    const timed = async function* timed() {
      for await (const frame of client.generate(request, { signal: neverAborted() })) {
        stallMs = Math.max(stallMs, performance.now() - lastMs);
        lastMs = performance.now();
        if ('seq' in frame && frame.seq === 0) begun += 1;
        yield frame;
      }
    };
    const { frames, code } = await outcomeOf(timed());
    return { frames, code, stallMs };
  };
  return {
    ended: Promise.all(Array.from({ length: streams }, (_, index) => run(index))),
    begun: () => begun,
  };
}
