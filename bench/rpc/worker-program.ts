/** A worker that answers the same things through the engine and over plain HTTP. Argument: the engine's port. */
import { createServer, type ServerResponse } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import { type GenerateFrame, serveInference } from '../../src/rpc/index.ts';
import { openSdk } from '../../src/rpc/transport/sdk-runtime.ts';
import { clockMs, echoId, modelName, tokenMs, tokens, workerId } from './protocol.ts';

const engine = { availabilityZone: 'bench', host: '127.0.0.1', port: Number(process.argv[2]) };

/** Frames whose text is the time at which they were made. */
async function* clock(): AsyncGenerator<GenerateFrame> {
  for (let seq = 0; seq < tokens; seq += 1) {
    await wait(tokenMs);
    yield { seq, ids: [seq], text: `${clockMs()}` };
  }
  yield { done: { finishReason: 'stop', usage: { promptTokens: 1, completionTokens: tokens } } };
}

async function writeClock(response: ServerResponse): Promise<void> {
  for await (const frame of clock()) response.write(`${JSON.stringify(frame)}\n`);
  response.end();
}

const sdk = openSdk(engine, 'bench-echo');
sdk.client.registerFunction(echoId, async (data: unknown) => ({ accepted: true, data }));
const server = serveInference({
  engines: [engine],
  info: {
    kind: 'infer',
    workerId,
    availabilityZone: 'bench',
    models: [{ name: modelName, contextTokensMax: 1024 }],
    slots: 8,
  },
  logger: { info: () => {}, warn: () => {} },
  handler: clock,
});
await server.registered;

const http = createServer((request, response) => {
  if (request.url === '/tokens') {
    response.writeHead(200, { 'content-type': 'application/x-ndjson' });
    void writeClock(response);
    return;
  }
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    const data: unknown = JSON.parse(String(Buffer.concat(chunks)));
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ accepted: true, data }));
  });
});
http.listen(0, '127.0.0.1', () => {
  const address = http.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  process.stdout.write(`${JSON.stringify({ port })}\n`);
});
