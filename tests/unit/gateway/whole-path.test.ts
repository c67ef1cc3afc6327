import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { InferenceServer } from '../../../src/rpc/inference.ts';
import { serveInference } from '../../../src/rpc/transport/server-runtime.ts';
import { countTokens, type Generation, generations } from './counting-worker.ts';
import {
  authorization,
  type GatewayProgram,
  nodeFiles,
  type Runtime,
  type ServingGateway,
  startGateway,
  startProgram,
} from './gateway-program.ts';
import { greeting, openRaw, post, postChat, postText, rawPost } from './http-exchange.ts';

// The programs that are deployed, a real engine between them, and a worker in this process that counts its tokens.
const programs: readonly (readonly [Runtime, string])[] = [
  ['node', programPath('src/gateway/main-node.ts')],
  ['bun', programPath('src/gateway/main-bun.ts')],
];

function programPath(path: string): string {
  return fileURLToPath(new URL(`../../../${path}`, import.meta.url));
}

const slots = 2;
/** Of every wait here: long, for the machine may be busy with others. */
const waitMs = 20_000;
const logger = { info: () => undefined, warn: () => undefined };

describe.each(programs)('on %s', (runtime, program) => {
  let engine: GatewayProgram;
  let worker: InferenceServer;
  let gateway: ServingGateway;

  beforeAll(async () => {
    engine = startProgram({
      runtime: 'node',
      program: programPath('src/rpc/engine/main.ts'),
      files: { 'node-id': 'engine-a', 'availability-zone': 'zone-a' },
      environment: {
        DRYDOCK_ENGINE_HOST: '127.0.0.1',
        DRYDOCK_ENGINE_WORKERS_PORT: '0',
        DRYDOCK_ENGINE_GATEWAYS_PORT: '0',
        DRYDOCK_ENGINE_CREDENTIALS: 'none',
      },
    });
    const { workersPort, gatewaysPort } = await engine.logLine(
      'the engine',
      ({ event }) => event === 'ready',
    );
    gateway = await startGateway({
      runtime,
      program,
      files: nodeFiles,
      environment: {
        DRYDOCK_ENGINES: `zone-a=127.0.0.1:${gatewaysPort}`,
        DRYDOCK_QUEUE_MS_MAX: '1000',
        DRYDOCK_RESUME_MS_MAX: '300',
      },
    });
    // Serving, and not ready: nobody is there yet who could answer.
    expect((await fetch(`${gateway.url}/readyz`)).status).toBe(503);
    worker = serveInference({
      engines: [{ availabilityZone: 'zone-a', host: '127.0.0.1', port: Number(workersPort) }],
      info: {
        kind: 'infer',
        workerId: `counter-${runtime}`,
        availabilityZone: 'zone-a',
        models: [{ name: 'counter', contextTokensMax: 128 }],
        slots,
      },
      handler: countTokens,
      tokenize: async ({ prompt = '' }) => ({ ids: [...Buffer.from(prompt)], contextTokensMax: 128 }),
      logger,
    });
    await worker.registered;
    await vi.waitFor(async () => expect((await fetch(`${gateway.url}/readyz`)).status).toBe(200), {
      timeout: waitMs,
      interval: 50,
    });
  }, 30_000);

  afterAll(async () => {
    await gateway[Symbol.asyncDispose]();
    await worker[Symbol.asyncDispose]();
    await engine[Symbol.asyncDispose]();
  });

  function bodyOf(content: string, isStream = false) {
    return { model: 'counter', messages: [{ role: 'user', content }], stream: isStream };
  }

  function generationOf(content: string): Promise<Generation> {
    return vi.waitFor(
      () => {
        const generation = generations.get(content);
        if (generation === undefined) throw new Error(`no generation of "${content}" has started`);
        return generation;
      },
      { timeout: waitMs, interval: 10 },
    );
  }

  async function seesAbort(generation: Generation): Promise<void> {
    const state = { isAborted: true, isEnded: true };
    await vi.waitFor(() => expect(generation).toMatchObject(state), { timeout: waitMs, interval: 10 });
  }

  it('answers as JSON', async () => {
    const response = await postChat(gateway, { body: bodyOf('json') });
    expect(await response.json()).toMatchObject({
      model: 'counter',
      choices: [{ message: { content: '0 1 2 3 4 ' }, finish_reason: 'stop' }],
      usage: { prompt_tokens: 1, completion_tokens: 5, total_tokens: 6 },
    });
    expect(generations.get('json')).toEqual({ tokens: 5, isAborted: false, isEnded: true });
  });

  it('answers as a stream', async () => {
    const text = await (await postChat(gateway, { body: bodyOf('stream', true) })).text();
    const contents = [...text.matchAll(/"content":"([^"]*)"/g)].map(([, content]) => content);
    expect(contents.join('')).toBe('0 1 2 3 4 ');
    expect(text.endsWith('data: [DONE]\n\n')).toBe(true);
  });

  it('gives several choices, and continues a prompt', async () => {
    const content = `both for ${runtime}`;
    const chat = await postChat(gateway, { body: { ...bodyOf(content), n: slots } });
    const text = '0 1 2 3 4 ';
    expect(await chat.json()).toMatchObject({
      choices: Array.from({ length: slots }, (_, index) => ({ index, message: { content: text } })),
      usage: { prompt_tokens: 1, completion_tokens: slots * 5 },
    });
    const prompt = `a prompt for ${runtime}`;
    const completion = await postText(gateway, { body: { model: 'counter', prompt } });
    expect(await completion.json()).toMatchObject({ choices: [{ text }] });
    expect(generations.get(prompt)).toMatchObject({ isAborted: false, isEnded: true });
  });

  it('stops a worker that has said nothing when the client leaves', async () => {
    for (const isStream of [false, true]) {
      const content = `silent ${isStream} ${runtime}`;
      const connection = openRaw(gateway, rawPost(JSON.stringify(bodyOf(content, isStream))));
      const generation = await generationOf(content);
      connection.socket.destroy();
      await seesAbort(generation);
      expect(generation.tokens).toBe(0);
    }
  });

  it('stops a worker in the middle of a stream when the client leaves', async () => {
    const content = `endless ${runtime}`;
    const connection = openRaw(gateway, rawPost(JSON.stringify(bodyOf(content, true))));
    await vi.waitFor(() => expect(connection.received()).toContain('"content":"0 "'), { timeout: waitMs });
    connection.socket.destroy();
    const generation = await generationOf(content);
    await seesAbort(generation);
    expect(generation.tokens).toBeLessThan(1000);
  });

  it('gives a response, and the ids of a prompt', async () => {
    const body = { model: 'counter', input: `a response for ${runtime}` };
    const response = await post(gateway, { path: '/v1/responses', body });
    expect(await response.json()).toMatchObject({
      status: 'completed',
      output: [{ content: [{ text: '0 1 2 3 4 ' }] }],
      usage: { input_tokens: 1, output_tokens: 5 },
    });
    const tokenized = await post(gateway, { path: '/tokenize', body: { model: 'counter', prompt: 'AB' } });
    expect(await tokenized.json()).toEqual({ count: 2, max_model_len: 128, tokens: [65, 66] });
  });

  it('stops a worker within 250 ms when the client leaves in the middle of a response', async () => {
    const tookMs: number[] = [];
    // The best of some tries: the machine may be busy with others.
    while (tookMs.length < 5 && !tookMs.some((each) => each < 250)) {
      const content = `endless response ${tookMs.length} of ${runtime}`;
      const body = { model: 'counter', input: content, stream: true };
      const leaving = new AbortController();
      const response = await post(gateway, { path: '/v1/responses', body, signal: leaving.signal });
      const generation = await generationOf(content);
      expect(generation.isAborted).toBe(false);
      const leftMs = performance.now();
      leaving.abort();
      await seesAbort(generation);
      tookMs.push(performance.now() - leftMs);
      await expect(response.text()).rejects.toThrow();
    }
    expect(Math.min(...tookMs)).toBeLessThan(250);
  });

  it('asks no worker for what its client no longer waits for', async () => {
    const contents = Array.from({ length: slots }, (_, index) => `silent ${index} before ${runtime}`);
    const held = contents.map((content) => openRaw(gateway, rawPost(JSON.stringify(bodyOf(content)))));
    const running = await Promise.all(contents.map(generationOf));
    const inWork = async () => {
      const text = await (await fetch(`${gateway.internalUrl}/metrics`)).text();
      return Number(/^vllm:num_requests_running (\d+)$/m.exec(text)?.[1]);
    };
    for (const isStream of [false, true]) {
      const content = `queued ${isStream} ${runtime}`;
      const queued = openRaw(gateway, rawPost(JSON.stringify(bodyOf(content, isStream))));
      await vi.waitFor(async () => expect(await inWork()).toBe(slots + 1), { timeout: waitMs, interval: 10 });
      queued.socket.destroy();
      await vi.waitFor(async () => expect(await inWork()).toBe(slots), { timeout: waitMs, interval: 10 });
    }
    for (const { socket } of held) socket.destroy();
    await Promise.all(running.map(seesAbort));
    expect((await postChat(gateway, { body: bodyOf(`after ${runtime}`) })).status).toBe(200);
    for (const isStream of [false, true])
      expect(generations.has(`queued ${isStream} ${runtime}`)).toBe(false);
  });

  it('stops a worker within 250 ms', async () => {
    const tookMs: number[] = [];
    for (const content of ['silent', 'endless', 'endless'].map(
      (kind, index) => `${kind} ${index} soon ${runtime}`,
    )) {
      const connection = openRaw(gateway, rawPost(JSON.stringify(bodyOf(content, true))));
      const generation = await generationOf(content);
      const leftMs = performance.now();
      connection.socket.destroy();
      await seesAbort(generation);
      tookMs.push(performance.now() - leftMs);
    }
    // The machine may be busy with others at one of them; nothing of ours may wait so long.
    expect(Math.min(...tookMs)).toBeLessThan(250);
  });

  it('says that workers are busy, and answers when one is free', async () => {
    const contents = Array.from({ length: slots }, (_, index) => `silent ${index} for ${runtime}`);
    const held = contents.map((content) => openRaw(gateway, rawPost(JSON.stringify(bodyOf(content)))));
    const running = await Promise.all(contents.map(generationOf));
    const refused = await postChat(gateway, { body: bodyOf('one too many') });
    const [seconds, milliseconds] = ['retry-after', 'retry-after-ms'].map((name) =>
      Number(refused.headers.get(name)),
    );
    expect([refused.status, seconds]).toEqual([503, Math.ceil((milliseconds ?? 0) / 1000)]);
    expect(milliseconds).toBeGreaterThan(0);
    expect(await refused.json()).toMatchObject({ error: { code: 'overloaded' } });
    for (const { socket } of held) socket.destroy();
    await Promise.all(running.map(seesAbort));
    await vi.waitFor(
      async () => expect((await postChat(gateway, { body: bodyOf('free again') })).status).toBe(200),
      { timeout: waitMs, interval: 50 },
    );
  });

  it('does not know a model that no worker has', async () => {
    const answer = await postChat(gateway, { body: { ...greeting, model: 'other' } });
    expect([answer.status, await answer.json()]).toMatchObject([404, { error: { code: 'model_not_found' } }]);
    const known = await fetch(`${gateway.url}/v1/models/counter`, { headers: { authorization } });
    expect(await known.json()).toMatchObject({ id: 'counter', object: 'model' });
  });

  it('tells a streaming client that its worker is gone', async () => {
    const content = `endless until the end of ${runtime}`;
    const response = await postChat(gateway, { body: bodyOf(content, true) });
    await generationOf(content);
    await worker[Symbol.asyncDispose]();
    const text = await response.text();
    expect(text).toMatch(/data: \{"error":\{.*\}\}\n\n$/);
    expect(text).not.toMatch(/\[DONE\]|"finish_reason":"/);
    await vi.waitFor(async () => expect((await fetch(`${gateway.url}/readyz`)).status).toBe(503), {
      timeout: waitMs,
      interval: 100,
    });
    expect((await postChat(gateway, { body: bodyOf('nobody') })).status).toBe(503);
  });

  it('prints JSON lines alone, and exits 0 on SIGTERM', async () => {
    gateway.child.kill('SIGTERM');
    expect(await gateway.exit).toEqual({ code: 0, signal: null });
    const { stdout, stderr } = gateway.output();
    expect(stdout).toBe('');
    expect(stderr.trimEnd().split('\n')).toHaveLength(gateway.logLines.length);
  });
});
