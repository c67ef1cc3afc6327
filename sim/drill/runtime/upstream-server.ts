/**
 * The server that a worker of the upstream half stands in front of, as a program: OpenAI's API on the loopback interface, and for each answer
 * it asks the bench what to do. Arguments: the bench's socket file, its own name, its port, and how many tokens a prompt has for it.
 */
import { createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import { json } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { type Behaviour, behaviourSchema, type ReportedAttempt } from '../failover-bench/behaviour.ts';
import { canonicalTokens } from '../failover-bench/canonical-answer.ts';

const argumentsSchema = z.tuple([z.string(), z.string(), z.coerce.number().int(), z.coerce.number().int()]);
const [desk, name, port, promptTokens] = argumentsSchema.parse(process.argv.slice(2));

const requestSchema = z.object({ messages: z.array(z.object({ role: z.string() })) });
const model = 'canonical';

function askDesk(attempt: ReportedAttempt): Promise<Behaviour> {
  const { promise, resolve, reject } = Promise.withResolvers<Behaviour>();
  const asked = httpRequest({ socketPath: desk, method: 'POST', path: '/', agent: false });
  asked.once('error', reject).once('response', (response) => {
    json(response).then((value) => resolve(behaviourSchema.parse(value)), reject);
  });
  asked.end(JSON.stringify(attempt));
  return promise;
}

async function complete(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { messages } = requestSchema.parse(await json(request));
  const behaviour = await askDesk({ server: name, isPrefill: messages.at(-1)?.role === 'assistant' });
  // The other side may leave at any time; nothing is owed to it then.
  const left = new AbortController();
  response.once('close', () => left.abort());
  await behave(behaviour, response, left.signal).catch(() => response.destroy());
}

async function behave(behaviour: Behaviour, response: ServerResponse, signal: AbortSignal): Promise<void> {
  switch (behaviour.kind) {
    case 'reset':
      response.socket?.resetAndDestroy();
      return;
    case 'silence':
      await delay(behaviour.ms, undefined, { signal });
      response.destroy();
      return;
    case 'refuse': {
      const { status, code, retryAfterSeconds } = behaviour;
      const type = status < 500 ? 'invalid_request_error' : 'server_error';
      if (retryAfterSeconds !== undefined) response.setHeader('retry-after', retryAfterSeconds);
      sendJson(response, status, { error: { message: 'as the bench wants it', type, param: null, code } });
      return;
    }
    case 'answer':
      await answer(behaviour, response, signal);
      return;
    default:
      behaviour satisfies never;
  }
}

async function answer(
  behaviour: Extract<Behaviour, { kind: 'answer' }>,
  response: ServerResponse,
  signal: AbortSignal,
): Promise<void> {
  const { tokenMs, firstTokenMs = 0, cut, malformedEvent, isWithoutDone } = behaviour;
  let events = 0;
  const send = (data: object) => {
    events += 1;
    const text = JSON.stringify(data);
    // Its second half is missing.
    response.write(`data: ${events === malformedEvent ? text.slice(0, text.length / 2) : text}\n\n`);
  };
  const choice = (delta: object, finish_reason: string | null = null) =>
    send(chunk({ choices: [{ index: 0, delta, finish_reason }] }));
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  response.flushHeaders();
  await delay(firstTokenMs, undefined, { signal });
  choice({ role: 'assistant', content: '' });
  for (const content of canonicalTokens.slice(0, cut?.afterTokens)) {
    choice({ content });
    await delay(tokenMs, undefined, { signal });
  }
  if (cut !== undefined) {
    await delay(cut.silentMs, undefined, { signal });
    // No last chunk of HTTP's either.
    response.destroy();
    return;
  }
  choice({}, 'stop');
  const completion_tokens = canonicalTokens.length;
  const total_tokens = promptTokens + completion_tokens;
  send(chunk({ choices: [], usage: { prompt_tokens: promptTokens, completion_tokens, total_tokens } }));
  response.end(isWithoutDone ? '' : 'data: [DONE]\n\n');
}

function chunk(rest: object): object {
  return { id: 'chatcmpl-bench', object: 'chat.completion.chunk', created: 0, model, ...rest };
}

function sendJson(response: ServerResponse, status: number, value: object): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
}

function serve(request: IncomingMessage, response: ServerResponse): void {
  if (request.url === '/health') sendJson(response, 200, {});
  else if (request.url === '/v1/models')
    sendJson(response, 200, { object: 'list', data: [{ id: model, object: 'model', owned_by: 'bench' }] });
  else if (request.url === '/v1/chat/completions')
    complete(request, response).catch(() => response.destroy());
  else sendJson(response, 404, { error: { message: 'no such path', type: 'invalid_request_error' } });
}

createServer(serve).listen(port, '127.0.0.1', () => {
  process.stderr.write(`${JSON.stringify({ event: 'ready', msg: 'serving' })}\n`);
});
process.once('SIGTERM', () => process.exit(0));
