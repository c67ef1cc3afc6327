/** How large a prompt is, before anybody has made tokens of it. Pure. */

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

export function promptSizeOf({
  messages,
  prompt,
}: Pick<CompletionRequest, 'messages' | 'prompt'>): PromptSize {
  const texts = prompt === undefined ? messages.map(({ content }) => content) : [prompt];
  const bytes = texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0);
  return { bytes, tokensEstimate: Math.ceil(bytes / bytesPerToken) + texts.length * tokensPerMessage };
}
