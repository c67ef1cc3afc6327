/** One client, one request: streams an answer from a gateway, over a connection of its own, and writes down what it sees. Never throws. */
import { type IncomingMessage, request as startRequest } from 'node:http';
import type { DrillRequest } from '../draw-requests.ts';
import { errorSchema, openEventReader, parseEvent } from '../stream-chunk.ts';
import type { SeenToken, StreamEnd, Transcript } from '../transcript.ts';

/** A gateway as clients reach it. */
export interface Door {
  readonly gateway: string;
  /** On this machine's loopback; from there on it is the simulated internet. */
  readonly port: number;
}

export interface AskOptions {
  readonly door: Door;
  readonly apiKey: string;
  readonly model: string;
  readonly now: () => number;
  /** No token for so long: the client leaves. */
  readonly patienceMs: number;
  readonly onToken?: () => void;
  /** All of the request has left the client. */
  readonly onSent?: () => void;
}

export type Seen = Omit<Transcript, 'request' | 'attempt'>;

export function streamAnswer(asked: DrillRequest, options: AskOptions): Promise<Seen> {
  const { door, now, patienceMs, onToken, onSent } = options;
  const { promise, resolve } = Promise.withResolvers<Seen>();
  const tokens: SeenToken[] = [];
  const startedMs = now();
  let seen: Omit<Seen, 'gateway' | 'startedMs' | 'endedMs' | 'end' | 'tokens'> = { text: '' };
  let isDone = false;

  const request = startRequest({
    host: '127.0.0.1',
    port: door.port,
    method: 'POST',
    path: '/v1/chat/completions',
    agent: false,
    headers: { 'content-type': 'application/json', authorization: `Bearer ${options.apiKey}` },
  });
  const finish = (end: StreamEnd) => {
    clearTimeout(patience);
    resolve({ gateway: door.gateway, startedMs, endedMs: now(), end, tokens, ...seen });
    request.destroy();
  };
  const patience = setTimeout(() => finish('timeout'), patienceMs);

  const read = openEventReader((data) => {
    const event = parseEvent(data);
    if (event.kind === 'done') isDone = true;
    else if (event.kind === 'error') {
      seen = { ...seen, errorCode: event.code, errorText: event.text };
      finish('error');
    } else {
      const { text, tokens: got, kind: _, ...rest } = event;
      seen = { ...seen, ...rest, text: seen.text + text };
      for (const bytes of got) tokens.push({ bytes, atMs: now() });
      if (got.length === 0) return;
      patience.refresh();
      onToken?.();
    }
  });
  const onStream = (response: IncomingMessage) => {
    response.setEncoding('utf8').on('data', (text: string) => {
      try {
        read(text);
      } catch {
        seen = { ...seen, errorCode: 'not an event' };
        finish('error');
      }
    });
    response.once('end', () => finish(isDone ? 'done' : 'closed'));
    response.once('close', () => finish('broken')).once('error', () => finish('broken'));
  };
  request.once('error', () => finish('broken')).once('close', () => finish('broken'));
  request.once('response', (response) => {
    if (response.statusCode === 200) onStream(response);
    else
      void readRefusal(response).then((refusal) => {
        seen = { ...seen, ...refusal };
        finish('error');
      });
  });
  request.end(JSON.stringify(bodyOf(asked, options.model)), onSent);
  return promise;
}

function bodyOf({ prompt, maxTokens, seed, isPlain = false }: DrillRequest, model: string) {
  return {
    model,
    messages: [{ role: 'user', content: prompt }],
    max_tokens: maxTokens,
    temperature: seed === undefined ? 0 : 1,
    ...(seed !== undefined && { seed }),
    // What was said already becomes less likely: the answer does not fall into a loop, and depends on all of itself.
    ...(!isPlain && { frequency_penalty: 0.5, logprobs: true }),
    stream: true,
    stream_options: { include_usage: true },
  };
}

const refusalCharactersMax = 10_000;

async function readRefusal(response: IncomingMessage): Promise<Pick<Seen, 'errorCode' | 'errorText'>> {
  let text = '';
  const status = `status ${response.statusCode}`;
  try {
    for await (const part of response.setEncoding('utf8'))
      text = (text + part).slice(0, refusalCharactersMax);
    const { code, message } = errorSchema.parse(JSON.parse(text)).error;
    return { errorCode: `${status}${code ? ` ${code}` : ''}`, errorText: message };
  } catch {
    return { errorCode: status };
  }
}
