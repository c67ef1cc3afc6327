/** A model whose weights are a script: whatever it is fed, its best next token is the script's next. */

import type { GenerateRequest } from '../../../../src/rpc/contract/generate.ts';
import { DrydockError } from '../../../../src/rpc/errors.ts';
import { createModelText, type Model } from '../../../../src/worker/generation/model.ts';
import type { FeedOptions, Sequence } from '../../../../src/worker/runner.ts';
import { vocabularyOf } from '../text/vocabularies.ts';

export interface Script {
  /** Pieces of the vocabulary besides the bytes. Ids in `answer` may be bytes too. */
  readonly pieces?: readonly string[];
  /** Names of tokens; the last is repeated for ever. */
  readonly answer: readonly string[];
  readonly contextTokensMax?: number;
  /** Called in each feed, before it answers; a rejection is the feed's. */
  readonly onFeed?: (feed: number, options: FeedOptions) => Promise<void> | void;
}

export interface ScriptedModel extends Model {
  /** What each sequence was fed. */
  readonly fed: number[][];
  readonly open: ReadonlySet<object>;
}

export function scriptedModel({
  pieces = [],
  answer,
  contextTokensMax = 1_000,
  onFeed,
}: Script): ScriptedModel {
  const vocabulary = vocabularyOf(pieces);
  const text = createModelText(vocabulary);
  const vocabSize = vocabulary.tokens.length;
  const script = answer.map((name) => vocabulary.tokens.indexOf(name));
  const fed: number[][] = [];
  const open = new Set<object>();
  const openSequence = (): Sequence => {
    let feeds = 0;
    let length = 0;
    const sequence: Sequence = {
      get length() {
        return length;
      },
      async feed(ids, options) {
        const feed = feeds++;
        fed.push([...ids]);
        length += ids.length;
        await onFeed?.(feed, options);
        const logits = new Float32Array(vocabSize);
        logits[script[Math.min(feed, script.length - 1)] ?? 0] = 1;
        return logits;
      },
      async [Symbol.asyncDispose]() {
        open.delete(sequence);
      },
    };
    open.add(sequence);
    return sequence;
  };
  const runner = { vocabSize, contextTokensMax, openSequence, [Symbol.asyncDispose]: async () => undefined };
  return { ...text, name: 'scripted', runner, fed, open };
}

/** A feed that goes on until it is aborted, as a long prompt does. */
export function untilAborted({ signal }: FeedOptions): Promise<void> {
  const { promise, reject } = Promise.withResolvers<void>();
  const abort = () =>
    reject(new DrydockError('WORKER_CANCELLED', 'could not run the model: cancelled; again'));
  if (signal?.aborted) abort();
  signal?.addEventListener('abort', abort);
  return promise;
}

export type RequestChanges = Partial<Omit<GenerateRequest, 'sampling'>> & {
  readonly sampling?: Partial<GenerateRequest['sampling']>;
};

export function requestOf({ sampling, ...changes }: RequestChanges = {}): GenerateRequest {
  return {
    requestId: 'r1',
    model: 'scripted',
    messages: [{ role: 'user', content: 'hi' }],
    deadlineUnixMs: Date.now() + 60_000,
    ...changes,
    sampling: { maxTokens: 20, temperature: 0, topP: 1, stop: [], ...sampling },
  };
}
