/**
 * The gateway's side, on Bun: calls and streams through the engine and over plain HTTP, a few of each in turn, so that what
 * the machine does besides falls on both alike. Arguments: the engine's port, the worker's port, rounds. Prints a line for
 * each round, after one that does not count.
 */
import { connectInference } from '../../src/rpc/index.ts';
import { openSdk } from '../../src/rpc/transport/sdk-runtime.ts';
import { spread } from '../measure.ts';
import { clockMs, echoId, modelName, payload, type Round } from './protocol.ts';

const [enginePort = 0, workerPort = 0, rounds = 0] = process.argv.slice(2).map(Number);
const engine = { availabilityZone: 'bench', host: '127.0.0.1', port: enginePort };
const sdk = openSdk(engine, 'bench-caller');
const client = connectInference({
  engines: [engine],
  clientName: 'bench-gateway',
  logger: { info: () => {}, warn: () => {} },
});

const turns = 20;
const callsPerTurn = 50;
const callsAtOnce = 32;
const callsPerBurst = 640;
const streamsPerRound = 4;

const callOverIii = () => sdk.client.trigger({ function_id: echoId, payload, timeoutMs: 5000 });

async function callOverHttp(): Promise<unknown> {
  const response = await fetch(`http://127.0.0.1:${workerPort}/echo`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(payload),
  });
  return await response.json();
}

async function timeCalls(call: () => Promise<unknown>, into: number[]): Promise<void> {
  for (let count = 0; count < callsPerTurn; count += 1) {
    const start = performance.now();
    await call();
    into.push(performance.now() - start);
  }
}

/** @returns calls a second. */
async function timeBurst(call: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  const lanes = Array.from({ length: callsAtOnce }, async () => {
    for (let count = 0; count < callsPerBurst / callsAtOnce; count += 1) await call();
  });
  await Promise.all(lanes);
  return (callsPerBurst / (performance.now() - start)) * 1000;
}

let requests = 0;

/** From a token's making to its coming out of what the gateway reads. */
async function timeIiiTokens(into: number[]): Promise<void> {
  requests += 1;
  const request = {
    requestId: `bench-${requests}`,
    model: modelName,
    messages: [{ role: 'user', content: 'go' } as const],
    sampling: { maxTokens: 128, temperature: 0, topP: 1, stop: [] },
    deadlineUnixMs: Date.now() + 30_000,
  };
  for await (const frame of client.generate(request, { signal: new AbortController().signal })) {
    if ('seq' in frame) into.push(clockMs() - Number(frame.text));
  }
}

async function timeHttpTokens(into: number[]): Promise<void> {
  const response = await fetch(`http://127.0.0.1:${workerPort}/tokens`);
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of response.body ?? []) {
    rest += decoder.decode(chunk, { stream: true });
    const lines = rest.split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      const frame: { readonly text?: string } = JSON.parse(line);
      if (frame.text !== undefined) into.push(clockMs() - Number(frame.text));
    }
  }
}

async function runRound(): Promise<Round> {
  const [iiiCalls, httpCalls]: readonly [number[], number[]] = [[], []];
  const [iiiTokens, httpTokens]: readonly [number[], number[]] = [[], []];
  for (let turn = 0; turn < turns; turn += 1) {
    await timeCalls(callOverIii, iiiCalls);
    await timeCalls(callOverHttp, httpCalls);
  }
  for (let stream = 0; stream < streamsPerRound; stream += 1) {
    await timeIiiTokens(iiiTokens);
    await timeHttpTokens(httpTokens);
  }
  return {
    iiiCall: spread(iiiCalls).median,
    httpCall: spread(httpCalls).median,
    iiiCalls: await timeBurst(callOverIii),
    httpCalls: await timeBurst(callOverHttp),
    iiiToken: spread(iiiTokens).median,
    httpToken: spread(httpTokens).median,
  };
}

const deadline = performance.now() + 20_000;
while (client.models().length === 0) {
  if (performance.now() > deadline) throw new Error('the caller found no worker within 20 s');
  await new Promise((resolve) => setTimeout(resolve, 5));
}
await runRound();
for (let round = 0; round < rounds; round += 1) process.stdout.write(`${JSON.stringify(await runRound())}\n`);
