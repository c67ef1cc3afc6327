/** From what the run directory says of each model to what the shelf can load: our own engine, or a server on this host. */

import { stat } from 'node:fs/promises';
import type { Logger } from 'pino';
import { describeError } from '../../rpc/contract/describe-error.ts';
import type { LocalModelConfig, WorkerConfig } from '../config.ts';
import { planGemma3Graph } from '../graph/gemma3-graph.ts';
import { openModelSource } from '../model-source.ts';
import { exportPositionBytes } from '../onnx-export/export-rows.ts';
import { kvBytes } from '../runtime/kv-layout.ts';
import { openUpstreamModel } from '../upstream/open-upstream-model-runtime.ts';
import { createHandler } from './handler.ts';
import type { ShelfModel } from './model-shelf-runtime.ts';
import { openModel } from './open-model-runtime.ts';
import { tokenize } from './tokenize.ts';

export interface ShelfModels extends AsyncDisposable {
  readonly models: readonly ShelfModel[];
  /** Answers at once: fewer than configured where a server takes no more. */
  readonly slots: number;
}

export interface ShelfModelsOptions {
  readonly log: Logger;
  readonly signal: AbortSignal;
  /** Told when a model cannot be run any more. */
  readonly onBroken: (error: unknown) => void;
}

/**
 * Of several models, one whose file cannot be read is left out, and the log says so.
 * @throws DrydockError as `openModelSource` and `openUpstreamModel` do.
 */
export async function shelfModels(config: WorkerConfig, options: ShelfModelsOptions): Promise<ShelfModels> {
  await using owned = new AsyncDisposableStack();
  const models: ShelfModel[] = [];
  let { slots } = config;
  let unreadable: unknown;
  for (const model of config.models) {
    if (model.kind === 'local') {
      const local = await localModel(model, config, options).catch((error: unknown) => {
        unreadable ??= error;
        if (config.models.length > 1) tellUnusable(options.log, model.name, error);
      });
      if (local !== undefined) models.push(local);
      continue;
    }
    const upstream = owned.use(await openUpstreamModel(model.upstream, options));
    slots = Math.min(slots, upstream.slots);
    const { name, contextTokensMax, handler, tokenize } = upstream;
    const loaded = { handler, ...(tokenize && { tokenize }), [Symbol.asyncDispose]: () => Promise.resolve() };
    models.push({ name, contextTokensMax, bytes: 0, isPinned: true, load: () => Promise.resolve(loaded) });
  }
  if (models.length === 0) throw unreadable;
  const kept = owned.move();
  return { models, slots, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}

async function localModel(
  model: LocalModelConfig,
  config: WorkerConfig,
  { log, onBroken }: ShelfModelsOptions,
): Promise<ShelfModel> {
  const isOnly = config.models.length === 1;
  const { contextTokensMax, bytes } = await readSizes(model, config);
  const { name } = model;
  return {
    name,
    contextTokensMax,
    bytes,
    isPinned: model.isPinned || isOnly,
    async load(signal) {
      const { threads, slots, cacheDir, runner: kind, executionProvider, spins, prefixCacheBytes } = config;
      const opened = await openModel({
        ...model,
        ...{
          threads,
          slots,
          cacheDir,
          kind,
          executionProvider,
          spins,
          prefixCacheBytes,
          contextTokensMax,
          signal,
        },
        onBuild: () => log.info({ event: 'building', model: name }, 'building the graph of the model, once'),
        onFallback: (reason) =>
          log.warn(
            { event: 'runner-fallback', model: name, reason },
            'the native runner cannot be had; using the portable one',
          ),
      }).catch((error: unknown) => {
        // The only one ends the program, which says why.
        if (!isOnly && !signal.aborted) tellUnusable(log, name, error);
        throw error;
      });
      const { style } = opened.chat;
      log.info(
        {
          ...{ event: 'loaded', model: name, chatStyle: style, runner: opened.runnerKind },
          warmUpMs: Math.round(opened.warmUpMs),
        },
        style === 'turns'
          ? 'model loaded and warm; it knows no chat, so "User:" and "Assistant:" mark turns'
          : 'model loaded and warm',
      );
      return {
        handler: createHandler(opened, { log, onBroken }),
        tokenize: async (request) => tokenize(opened, request),
        [Symbol.asyncDispose]: () => opened[Symbol.asyncDispose](),
      };
    },
  };
}

function tellUnusable(log: Logger, model: string, error: unknown): void {
  log.error({ event: 'model-unusable', model, ...describeError(error) }, 'a model cannot be used');
}

/** Of the weights as the graph will have them: a file of 16-bit floats grows, and one that is rounded shrinks. */
async function readSizes(
  { file, weights, head }: LocalModelConfig,
  { contextTokensMax, slots, prefixCacheBytes }: WorkerConfig,
): Promise<{ readonly contextTokensMax: number; readonly bytes: number }> {
  await using source = await openModelSource(file);
  const tokens = Math.min(contextTokensMax, source.config.contextTokensMax);
  if (source.kind === 'onnx-export') {
    // A step has the caches twice: as they were, and as they have become.
    const cacheBytes = 2 * slots * tokens * exportPositionBytes(source.config);
    return { contextTokensMax: tokens, bytes: (await bytesOf(source.files)) + cacheBytes + prefixCacheBytes };
  }
  const { dataBytes } = planGemma3Graph(source, {
    ...(weights === undefined ? {} : { weights }),
    ...(head === undefined ? {} : { head }),
  });
  const bytes = dataBytes + slots * kvBytes(source.config, tokens) + prefixCacheBytes;
  return { contextTokensMax: tokens, bytes };
}

async function bytesOf(files: readonly string[]): Promise<number> {
  const sizes = await Promise.all(files.map(async (file) => (await stat(file)).size));
  return sizes.reduce((sum, size) => sum + size, 0);
}
