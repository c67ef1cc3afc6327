/** One request for the rest of a file, and the check that the answer is that rest. */

import { parseContentRange, strongTag } from '../content-range.ts';
import { networkReason, sourceFailed } from '../model-errors.ts';
import type { Fetching } from './fetching.ts';
import type { PartialFile } from './partial-file.ts';

export type DownloadOptions = Pick<Fetching, 'model' | 'network' | 'signal'>;

/**
 * @returns the bytes that are to be appended; the partial file is emptied where the server begins anew.
 * @throws DrydockError WORKER_MODEL_UNAVAILABLE for every answer that is not these bytes.
 */
export async function openDownload(
  url: string,
  partial: PartialFile,
  options: DownloadOptions,
): Promise<ReadableStream<Uint8Array>> {
  const { host } = new URL(url);
  const response = await request(url, partial, options);
  const fail = async (reason: string) => {
    await response.body?.cancel();
    return sourceFailed(host, reason);
  };
  if (response.url !== '' && !response.url.startsWith('https:')) {
    throw await fail('redirects to an address without https');
  }
  if (response.status === 416 && partial.bytes > 0) {
    // What we have is not a beginning of what it has.
    await response.body?.cancel();
    await partial.empty();
    return openDownload(url, partial, options);
  }
  if (response.status !== 200 && response.status !== 206) {
    throw await fail(`answered ${response.status}`);
  }
  if (response.body === null) throw await fail('answered without a body');
  const wrong = response.status === 206 ? misfit(response, partial, options) : wrongSize(response, options);
  if (wrong !== undefined) throw await fail(wrong);
  if (response.status === 200) await partial.empty();
  const etag = strongTag(response.headers.get('etag'));
  await partial.writeTag(etag === undefined ? undefined : { url, etag });
  return response.body;
}

async function request(url: string, partial: PartialFile, { network, signal }: DownloadOptions) {
  // A compressed answer could not be resumed, and its length would not be the file's.
  const headers: Record<string, string> = { 'accept-encoding': 'identity' };
  if (partial.bytes > 0) {
    headers.range = `bytes=${partial.bytes}-`;
    const tag = await partial.readTag();
    if (tag?.url === url) headers['if-range'] = tag.etag;
  }
  return network.fetch(url, { headers, redirect: 'follow', signal }).catch((cause) => {
    throw sourceFailed(new URL(url).host, networkReason(signal.aborted ? signal.reason : cause), cause);
  });
}

function misfit(
  response: Response,
  partial: PartialFile,
  { model }: Pick<DownloadOptions, 'model'>,
): string | undefined {
  const range = parseContentRange(response.headers.get('content-range'));
  if (range?.start !== partial.bytes) return 'sent another range than it was asked for';
  if (range.totalBytes === undefined || range.totalBytes === model.bytes) return undefined;
  return `has ${range.totalBytes} bytes where the manifest names ${model.bytes}`;
}

function wrongSize(response: Response, { model }: Pick<DownloadOptions, 'model'>): string | undefined {
  const length = response.headers.get('content-length');
  if (length === null || Number(length) === model.bytes) return undefined;
  return `has ${length} bytes where the manifest names ${model.bytes}`;
}
