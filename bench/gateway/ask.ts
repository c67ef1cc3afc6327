/** A client on connections that stay open: how long an answer takes, and its first byte. */

import { once } from 'node:events';
import { Agent, type IncomingMessage, request } from 'node:http';

export interface Door {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}

export interface Asked {
  readonly model: string;
  readonly stream: boolean;
}

export interface Times {
  /** Milliseconds from sending to the first byte of the body, and to its last. */
  readonly firstByteMs: number;
  readonly wholeMs: number;
}

/** Of this bench alone. */
export const apiKey = 'bench-key-0123456789abcdef0123456789abcdef';

const agent = new Agent({ keepAlive: true, maxSockets: 64 });
const prompt = 'lorem ipsum '.repeat(40);

/** @throws Error where the answer is not 200, or no whole one. */
export async function ask(door: Door, asked: Asked): Promise<Times> {
  const start = performance.now();
  const sent = send(door, asked);
  const [response]: IncomingMessage[] = await once(sent, 'response');
  if (response === undefined) throw new Error('no response');
  let firstByteMs: number | undefined;
  const texts: string[] = [];
  response.setEncoding('utf8');
  for await (const text of response) {
    firstByteMs ??= performance.now() - start;
    texts.push(String(text));
  }
  const wholeMs = performance.now() - start;
  const body = texts.join('');
  const isWhole = asked.stream
    ? body.trimEnd().endsWith('data: [DONE]')
    : body.includes('"finish_reason":"stop"');
  if (response.statusCode !== 200 || !isWhole || firstByteMs === undefined)
    throw new Error(`${door.url} answered ${response.statusCode}: ${body.slice(0, 300)}`);
  return { firstByteMs, wholeMs };
}

/** The caller reads the response. */
export function send({ url, headers }: Door, { model, stream }: Asked) {
  const messages = [
    { role: 'system', content: 'You are a helpful assistant.' },
    { role: 'user', content: prompt },
  ];
  const body = JSON.stringify({
    model,
    messages,
    temperature: 0.7,
    max_tokens: 64,
    ...(stream && { stream }),
  });
  const sent = request(`${url}/v1/chat/completions`, {
    agent,
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(body),
      authorization: `Bearer ${apiKey}`,
      ...headers,
    },
  });
  sent.end(body);
  return sent;
}
