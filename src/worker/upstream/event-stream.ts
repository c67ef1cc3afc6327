/**
 * Server-sent events from bytes, as the HTML standard's "Interpreting an event stream" says, as far as engines use them: one
 * `data` per event, comments between them. Characters are whole however the bytes are cut, and an event's size is bounded.
 */

import { upstreamFailed } from './upstream-errors.ts';

export interface StreamEvent {
  /** Some versions of llama-server report an error under a field of this name. */
  readonly field: 'data' | 'error';
  readonly value: string;
}

/** A prompt of 131,072 tokens whose ids vLLM repeats in its first event takes about 1 MB. */
const lineBytesMax = 8 * 1024 * 1024;
const lineFeed = 0x0a;

/** @throws DrydockError RPC_GENERATION_FAILED for a longer line. What stands behind the last line feed is dropped: it was cut. */
export async function* readEvents(
  chunks: AsyncIterable<Uint8Array>,
): AsyncGenerator<StreamEvent, void, undefined> {
  let parts: Uint8Array[] = [];
  let length = 0;
  const decoder = new TextDecoder('utf-8');
  for await (const chunk of chunks) {
    let from = 0;
    for (let at = chunk.indexOf(lineFeed); at !== -1; at = chunk.indexOf(lineFeed, from)) {
      parts.push(chunk.subarray(from, at));
      const event = parseLine(decoder.decode(join(parts)));
      parts = [];
      length = 0;
      from = at + 1;
      if (event !== undefined) yield event;
    }
    parts.push(chunk.subarray(from));
    length += chunk.length - from;
    if (length > lineBytesMax) throw upstreamFailed(`it sent a line of more than ${lineBytesMax} bytes`);
  }
}

function join(parts: readonly Uint8Array[]): Uint8Array {
  const [first] = parts;
  return parts.length === 1 && first !== undefined ? first : Buffer.concat(parts);
}

function parseLine(line: string): StreamEvent | undefined {
  const match = /^(data|error): ?(.*?)\r?$/s.exec(line);
  if (match === null) return undefined;
  return { field: match[1] === 'error' ? 'error' : 'data', value: match[2] ?? '' };
}
