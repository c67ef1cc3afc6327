/** What both kinds of runner are made of, and how a runner is put together from it. */

import type { Gemma3Config } from '../gemma3-config.ts';
import type { SourceTensor } from '../model-source.ts';
import type { Runner } from '../runner.ts';
import { embeddingRows, embeddingScale } from './embedding-rows.ts';
import type { GraphSession } from './graph-session.ts';
import { KvCache } from './kv-cache.ts';
import { kvLayout } from './kv-layout.ts';
import { createRescore } from './rescore-shortlist.ts';
import { SlotRunner, spareSlots } from './slot-runner.ts';

/** Plain data: it goes to a runner's thread as it is. */
export interface RunnerSettings {
  readonly graphFile: string;
  readonly config: Gemma3Config;
  readonly embedding: SourceTensor;
  /** The output matrix, which mostly is the embedding. */
  readonly head: SourceTensor;
  readonly contextTokensMax: number;
  readonly sequencesMax: number;
  readonly chunkTokens: number;
  readonly threads: number;
  readonly spins: boolean;
  readonly executionProvider: 'cpu' | 'cuda';
  /** Tokens of each row whose logits are computed anew from the model file; 0 for none. */
  readonly shortlistTokens: number;
}

export type OpenSession = (kv: KvCache) => Promise<GraphSession>;

export async function assembleRunner(
  kind: Runner['kind'],
  settings: RunnerSettings,
  openSession: OpenSession,
): Promise<Runner> {
  const { config, embedding, head, contextTokensMax, sequencesMax, chunkTokens, shortlistTokens } = settings;
  const { vocabSize, hidden } = config;
  using opened = new DisposableStack();
  const embeddings = opened.use(embeddingRows(embedding, { scale: embeddingScale(hidden) }));
  const matrix = opened.use(embeddingRows(head, { scale: 1 }));
  const kv = new KvCache(kvLayout(config, { contextTokensMax, chunkTokens }), spareSlots + sequencesMax);
  const session = await openSession(kv);
  const files = opened.move();
  return new SlotRunner({
    kind,
    session,
    kv,
    embeddings,
    vocabSize,
    contextTokensMax,
    sequencesMax,
    chunkTokens,
    ...(shortlistTokens === 0
      ? {}
      : { rescore: createRescore({ vocabSize, hidden, matrix, tokens: shortlistTokens }) }),
    files,
  });
}
