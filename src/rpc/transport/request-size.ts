import type { GenerateRequest } from '../contract/generate.ts';
import { requestTexts } from '../contract/request-texts.ts';
import type { TokenizeRequest } from '../contract/tokenize.ts';
import { DrydockError } from '../errors.ts';

/** An engine cuts the connection of whoever sends a frame above 16 MiB, and every stream on it. */
export const requestBytesMax = 15 * 1024 * 1024;

/** A UTF-16 unit takes 6 bytes of JSON at most, so that below this nothing needs measuring. */
const charactersUnmeasured = requestBytesMax / 8;

/** @throws DrydockError RPC_REQUEST_INVALID */
export function checkRequestSize(request: GenerateRequest | TokenizeRequest): void {
  const responseFormat = 'sampling' in request ? request.sampling.responseFormat : undefined;
  const schema = responseFormat?.type === 'json_schema' ? responseFormat.schema : '';
  const texts = [schema, ...requestTexts(request)];
  const characters = texts.reduce((sum, text) => sum + text.length, 0);
  if (characters < charactersUnmeasured) return;
  const bytes = Buffer.byteLength(JSON.stringify(request));
  if (bytes <= requestBytesMax) return;
  throw new DrydockError(
    'RPC_REQUEST_INVALID',
    `could not send the request: it has ${bytes} bytes, and ${requestBytesMax} are allowed; shorten its messages, its prompt, its tools or its schema`,
  );
}
