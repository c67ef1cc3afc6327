/**
 * A server with OpenAI's chat completions that costs nothing: the same text each time, by the model's name. It counts what
 * runs, and remembers who left. Prints its port.
 */
import { createServer, type ServerResponse } from 'node:http';
import {
  answerText,
  clockMs,
  type Left,
  models,
  pieces,
  slowPieceMs,
  type UpstreamRequest,
  upstreamRequestSchema,
} from './protocol.ts';

const left: Left[] = [];
const head = { id: 'chatcmpl-bench', created: 1_700_000_000, model: 'bench' };
const usage = { prompt_tokens: 90, completion_tokens: 64, total_tokens: 154 };

const whole = JSON.stringify({
  ...head,
  object: 'chat.completion',
  choices: [
    {
      index: 0,
      message: { role: 'assistant', content: answerText, refusal: null },
      logprobs: null,
      finish_reason: 'stop',
    },
  ],
  usage,
});

function event(delta: object, finishReason: string | null = null): string {
  const choices = [{ index: 0, delta, logprobs: null, finish_reason: finishReason }];
  return `data: ${JSON.stringify({ ...head, object: 'chat.completion.chunk', choices })}\n\n`;
}

const opening = event({ role: 'assistant', content: '' });
const closing = `${event({}, 'stop')}data: ${JSON.stringify({ ...head, object: 'chat.completion.chunk', choices: [], usage })}\n\ndata: [DONE]\n\n`;
const inOnePiece = `${opening}${event({ content: answerText })}${closing}`;

function beginStream(response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
}

function answer({ model, stream }: UpstreamRequest, response: ServerResponse): void {
  if (model === models.silent) return;
  if (!stream) {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(whole);
    return;
  }
  beginStream(response);
  if (model === models.whole) {
    response.end(inOnePiece);
    return;
  }
  response.write(opening);
  if (model === models.slow) {
    const timer = setInterval(() => response.write(event({ content: 'a ' })), slowPieceMs);
    response.on('close', () => clearInterval(timer));
    return;
  }
  for (const content of pieces) response.write(event({ content }));
  response.end(closing);
}

const server = createServer((request, response) => {
  if (request.url === '/left') {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify(left));
    return;
  }
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    const asked = upstreamRequestSchema.parse(JSON.parse(String(Buffer.concat(chunks))));
    response.on('close', () => {
      if (!response.writableFinished) left.push({ model: asked.model, atMs: clockMs() });
    });
    answer(asked, response);
  });
});
server.keepAliveTimeout = 60_000;
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  process.stdout.write(`${JSON.stringify({ port })}\n`);
});
