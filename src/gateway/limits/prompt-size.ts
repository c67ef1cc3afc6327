/** How large a prompt is, before anybody has made tokens of it. Pure. */

import { requestTexts } from '../../rpc/contract/request-texts.ts';
import type { CompletionRequest } from '../completion-request.ts';

export interface PromptSize {
  /** UTF-8 bytes of all text. */
  readonly bytes: number;
  /** A guess: a token for four bytes, and some around each message. What a worker counts in the end takes its place. */
  readonly tokensEstimate: number;
}

const bytesPerToken = 4;
/** Start, role and end of a turn. */
const tokensPerMessage = 5;

export function promptSizeOf(request: Pick<CompletionRequest, 'messages' | 'prompt' | 'tools'>): PromptSize {
  const turns = request.messages.length || 1;
  const bytes = requestTexts(request).reduce((sum, text) => sum + Buffer.byteLength(text), 0);
  return { bytes, tokensEstimate: Math.ceil(bytes / bytesPerToken) + turns * tokensPerMessage };
}
