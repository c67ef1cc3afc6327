/** How busy a server says that it is, from its own metrics. Pure. */

import { z } from 'zod';
import type { DialectName } from './dialect.ts';
import { readSamples } from './metrics-text.ts';

export interface UpstreamLoad {
  /** Requests that it works on. */
  readonly running: number;
  /** Requests that wait in its own queue. */
  readonly waiting: number;
  /** Share of its KV cache that is in use, 0 to 1. Absent: it does not say. */
  readonly cacheShare?: number;
}

interface Names {
  readonly running: string;
  readonly waiting: string;
  /** The first that a page has. */
  readonly cache: readonly string[];
}

const names: Readonly<Partial<Record<DialectName, Names>>> = {
  vllm: {
    running: 'vllm:num_requests_running',
    waiting: 'vllm:num_requests_waiting',
    // The second is the name before 0.10.
    cache: ['vllm:kv_cache_usage_perc', 'vllm:gpu_cache_usage_perc'],
  },
  sglang: {
    running: 'sglang:num_running_reqs',
    waiting: 'sglang:num_queue_reqs',
    cache: ['sglang:token_usage'],
  },
  'llama-server': {
    running: 'llamacpp:requests_processing',
    waiting: 'llamacpp:requests_deferred',
    cache: ['llamacpp:kv_cache_usage_ratio'],
  },
};

export function tellsLoad(dialect: DialectName): boolean {
  return names[dialect] !== undefined;
}

/** @returns undefined where the page does not say it. */
export function readLoad(page: string, dialect: DialectName): UpstreamLoad | undefined {
  const own = names[dialect];
  if (own === undefined) return undefined;
  const samples = readSamples(page, new Set([own.running, own.waiting, ...own.cache]));
  const running = samples.get(own.running);
  if (running === undefined) return undefined;
  const cacheShare = own.cache.map((name) => samples.get(name)).find((share) => share !== undefined);
  return {
    running,
    waiting: samples.get(own.waiting) ?? 0,
    ...(cacheShare === undefined ? {} : { cacheShare: Math.min(cacheShare, 1) }),
  };
}

const slotsSchema = z.array(z.object({ is_processing: z.boolean() })).min(1);

/** From llama-server's `/slots`, which is there without `--metrics`. */
export function readSlots(page: string): UpstreamLoad | undefined {
  try {
    const slots = slotsSchema.safeParse(JSON.parse(page)).data;
    const running = slots?.filter(({ is_processing }) => is_processing).length;
    return running === undefined ? undefined : { running, waiting: 0 };
  } catch {
    return undefined;
  }
}
