/**
 * Which worker has probably seen the beginning of a prompt: rendezvous hashing gives every key an order of the workers,
 * in which a worker that comes or goes moves only the keys that it takes or leaves. Pure.
 */
import { createHash } from 'node:crypto';
import type { GenerateRequest } from '../contract/generate.ts';
import { requestTexts } from '../contract/request-texts.ts';

/** Shorter prompts are computed faster than they are found: a worker keeps chunks of 128 tokens. */
const charactersMin = 512;
const charactersHashed = 8192;

/** @returns undefined where it does not matter who answers. Equal for all turns of one conversation. */
export function affinityKeyOf(request: GenerateRequest): string | undefined {
  const { model, messages, prompt, tools } = request;
  const characters = requestTexts(request).reduce((sum, text) => sum + text.length, 0);
  if (characters < charactersMin) return undefined;
  const firstAnswer = messages.findIndex(({ role }) => role === 'assistant');
  const beginning = firstAnswer === -1 ? messages : messages.slice(0, firstAnswer);
  const hash = createHash('sha256').update(`${model}\n`);
  let left = charactersHashed;
  const functions = tools === undefined ? '' : JSON.stringify(tools.functions);
  for (const text of [
    functions,
    prompt ?? '',
    ...beginning.map(({ role, content }) => `\n${role}\n${content}`),
  ]) {
    hash.update(text.slice(0, left));
    left -= Math.min(left, text.length);
  }
  return hash.digest('base64url');
}

export interface RankedWorker {
  readonly workerId: string;
  readonly slots: number;
}

/** @returns the workers, the best for the key first; one with twice the slots comes first twice as often. */
export function rankByAffinity<Worker extends RankedWorker>(
  workers: readonly Worker[],
  key: string,
): readonly Worker[] {
  return workers
    .map((worker) => ({ worker, score: -worker.slots / Math.log(unitHash(`${key}\n${worker.workerId}`)) }))
    .sort((left, right) => right.score - left.score || compareIds(left.worker, right.worker))
    .map(({ worker }) => worker);
}

/** Above 0, below 1. FNV-1a, and the finalizer of MurmurHash3 so that near texts fall apart. */
function unitHash(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (((hash ^ (hash >>> 16)) >>> 0) + 0.5) / 2 ** 32;
}

function compareIds(left: RankedWorker, right: RankedWorker): number {
  return left.workerId < right.workerId ? -1 : 1;
}
