/**
 * Downloads a file over https, takes up where an earlier try was cut, and gives it out only if its size and SHA-256
 * are the manifest's. What was cut is kept for the next try; what is wrong is not kept at all.
 */

import type { HttpsSource } from '../manifest.ts';
import { hashWrong, isSourceFailure, networkReason, sourceFailed } from '../model-errors.ts';
import type { Fetching } from './fetching.ts';
import { openDownload } from './open-download.ts';
import { PartialFile } from './partial-file.ts';

/** A server that cuts every connection is given up; what came is there for the next run. */
const attemptsMax = 5;
const stallMsDefault = 30_000;

/**
 * Leaves the verified file at `fetching.paths.partial`.
 * @throws DrydockError WORKER_MODEL_UNAVAILABLE when no address gives it, WORKER_MODEL_HASH_WRONG.
 */
export async function fetchHttps(source: HttpsSource, fetching: Fetching): Promise<void> {
  const reasons: string[] = [];
  let failure: unknown;
  for (const url of source.urls) {
    try {
      await fetchUrl(url, fetching);
      return;
    } catch (error) {
      if (fetching.signal.aborted || !isSourceFailure(error)) throw error;
      failure = error;
      // Two addresses of one host that cannot be reached are told once.
      if (!reasons.includes(error.message)) reasons.push(error.message);
    }
  }
  const { host } = new URL(source.urls[0] ?? '');
  const text = reasons.join(', ');
  throw sourceFailed(host, text.replaceAll(`${host}: `, ''), failure);
}

async function fetchUrl(url: string, fetching: Fetching): Promise<void> {
  const { model, paths, signal, network } = fetching;
  const { host } = new URL(url);
  await network.reach(url, signal).catch((cause) => {
    signal.throwIfAborted();
    throw sourceFailed(host, networkReason(cause), cause);
  });
  await using partial = await PartialFile.open(paths.partial, signal);
  const isPatched = await receiveAll(url, partial, fetching);
  if (partial.digest() !== model.sha256 && isPatched) {
    // Its beginning may be of another file, or spoilt: that is nobody's fault yet.
    await partial.empty();
    await receiveAll(url, partial, fetching);
  }
  const sha256 = partial.digest();
  if (sha256 !== model.sha256) {
    await partial.empty();
    throw hashWrong(model, host, sha256);
  }
  await partial.sync();
}

/**
 * Asks again, from where it was cut, for as long as each try brings something.
 * @returns whether what is there may come from more than one answer.
 */
async function receiveAll(url: string, partial: PartialFile, fetching: Fetching): Promise<boolean> {
  const { model } = fetching;
  let isPatched = partial.bytes > 0;
  for (let attempt = 1; partial.bytes < model.bytes; attempt++) {
    const before = partial.bytes;
    isPatched ||= before > 0;
    try {
      await receive(url, partial, fetching);
      if (partial.bytes < model.bytes) {
        throw sourceFailed(new URL(url).host, `ended after ${partial.bytes} of ${model.bytes} bytes`);
      }
    } catch (error) {
      const isProgress = partial.bytes > before;
      if (fetching.signal.aborted || !isSourceFailure(error) || !isProgress || attempt >= attemptsMax) {
        throw error;
      }
    }
  }
  return isPatched;
}

async function receive(url: string, partial: PartialFile, fetching: Fetching): Promise<void> {
  const { model, signal, onProgress } = fetching;
  const { host } = new URL(url);
  const stallMs = fetching.stallMsMax ?? stallMsDefault;
  const stalled = new AbortController();
  const timer = setTimeout(() => stalled.abort(new Error(`sent nothing for ${stallMs / 1000} s`)), stallMs);
  try {
    const body = await openDownload(url, partial, {
      ...fetching,
      signal: AbortSignal.any([signal, stalled.signal]),
    });
    const reader = body.getReader();
    // Whichever way this ends, the connection is let go.
    await using _connection = { [Symbol.asyncDispose]: () => reader.cancel().catch(() => undefined) };
    for (;;) {
      onProgress({ step: 'download', done: partial.bytes, total: model.bytes });
      const { done, value } = await reader.read().catch((cause) => {
        throw sourceFailed(
          host,
          networkReason(stalled.signal.aborted ? stalled.signal.reason : cause),
          cause,
        );
      });
      if (done) return;
      timer.refresh();
      if (partial.bytes + value.length > model.bytes) {
        await partial.empty();
        throw sourceFailed(host, `sent more than the ${model.bytes} bytes that the manifest names`);
      }
      await partial.append(value);
    }
  } finally {
    clearTimeout(timer);
  }
}
