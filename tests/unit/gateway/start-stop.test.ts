import { createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import {
  apiKey,
  authorization,
  nodeFiles,
  runtimes,
  type ServingGateway,
  startGateway,
  startProgram,
} from './gateway-program.ts';
import { greeting, openRaw, postChat, rawPost } from './http-exchange.ts';

interface Broken {
  readonly title: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly files?: Readonly<Record<string, string>>;
  readonly code: string;
  readonly says: RegExp;
}

const secret = 'do-not-print-this';

// One of each kind; which values are refused is in config.test.ts and api-keys.test.ts.
const brokenStarts: readonly Broken[] = [
  {
    title: 'a key of the environment is missing',
    environment: { DRYDOCK_ENGINES: '' },
    code: 'GATEWAY_CONFIG_INVALID',
    says: /DRYDOCK_ENGINES/,
  },
  {
    title: 'the node has no name',
    files: { ...nodeFiles, 'node-id': 'a b' },
    code: 'GATEWAY_CONFIG_INVALID',
    says: /node-id/,
  },
  {
    title: 'the key file is missing',
    files: { 'node-id': 'gateway-0' },
    code: 'GATEWAY_CONFIG_INVALID',
    says: /api-keys\.json: the file is missing/,
  },
  {
    title: 'the key file is not valid',
    files: { ...nodeFiles, 'secrets/api-keys.json': `[{"id": "a", "sha256": "${secret}"}` },
    code: 'GATEWAY_KEYS_INVALID',
    says: /api-keys\.json is not a list/,
  },
  {
    title: 'the address is not here',
    environment: { DRYDOCK_GATEWAY_HOST: '192.0.2.1' },
    code: 'GATEWAY_LISTEN_FAILED',
    says: /192\.0\.2\.1/,
  },
];

function stoppedAfterMs({ logLines }: ServingGateway): number {
  const timeOf = (event: string) => Number(logLines.find((line) => line.event === event)?.time);
  return timeOf('stopped') - timeOf('stopping');
}

// Each test starts a gateway of its own, so they may run side by side.
describe.concurrent.each(runtimes)('on %s', (runtime) => {
  it.each(brokenStarts)(
    'exits 2 with one line: $title',
    async ({ environment = {}, files = nodeFiles, code, says }) => {
      await using program = startProgram({ runtime, environment, files });
      expect(await program.exit).toEqual({ code: 2, signal: null });
      expect(program.logLines).toEqual([
        expect.objectContaining({ level: 60, event: 'failed', code, msg: expect.stringMatching(says) }),
      ]);
      const { stdout, stderr } = program.output();
      expect(stdout).toBe('');
      expect(stderr.trimEnd().split('\n')).toHaveLength(1);
      expect(stderr).not.toContain(secret);
    },
  );

  it.each([
    ['gives back what it holds', 'SIGTERM', ['scripted-connecting', 'scripted-disposed', 'stopped']],
    ['ends though it hangs', 'ever', ['scripted-connecting', 'stopped']],
  ])('says that it stopped, and %s, where it is told to while it starts', async (_title, until, events) => {
    await using program = startProgram({ runtime, environment: { SCRIPTED_CONNECT: until } });
    await program.logLine('the start', ({ event }) => event === 'scripted-connecting');
    program.child.kill('SIGTERM');
    expect(await program.exit).toEqual({ code: 0, signal: null });
    expect(program.logLines.map(({ event }) => event)).toEqual(events);
  });

  it('exits 2 with one line: the port is in use', async () => {
    const holder = createServer();
    await new Promise<void>((resolve) => holder.listen(0, '127.0.0.1', resolve));
    const address = holder.address();
    const port = typeof address === 'object' && address !== null ? String(address.port) : '';
    await using program = startProgram({ runtime, environment: { DRYDOCK_GATEWAY_PORT: port } });
    expect(await program.exit).toEqual({ code: 2, signal: null });
    holder.close();
    expect(program.logLines).toEqual([
      expect.objectContaining({
        code: 'GATEWAY_PORT_TAKEN',
        msg: expect.stringContaining(`127.0.0.1:${port}: the port is in use`),
      }),
    ]);
  });

  it.each(['SIGTERM', 'SIGINT'] as const)(
    'finishes what is in work on %s, refuses what comes, exits 0',
    async (stopSignal) => {
      await using gateway = await startGateway({ runtime });
      const response = await postChat(gateway, { body: { ...greeting, model: 'paused:1500', stream: true } });
      const idle = openRaw(gateway, 'GET /livez HTTP/1.1\r\nHost: gateway\r\n\r\n');
      await new Promise<void>((resolve) => idle.socket.once('data', () => resolve()));
      gateway.child.kill(stopSignal);
      await gateway.logLine('the stop', (line) => line.event === 'stopping');
      const statusOf = async (path: string) => (await fetch(`${gateway.url}${path}`)).status;
      expect([await statusOf('/livez'), await statusOf('/readyz')]).toEqual([200, 503]);
      const refused = await postChat(gateway);
      expect([refused.status, await refused.json()]).toMatchObject([
        503,
        { error: { code: 'shutting_down' } },
      ]);
      expect(Object.fromEntries(refused.headers)).toMatchObject({
        'retry-after': '1',
        'retry-after-ms': '1000',
        connection: 'close',
      });
      // Nobody learns from it whether a key is good.
      expect((await postChat(gateway, { headers: { authorization: 'Bearer x' } })).status).toBe(401);
      expect((await response.text()).endsWith('data: [DONE]\n\n')).toBe(true);
      expect(await gateway.exit).toEqual({ code: 0, signal: null });
      expect(gateway.logLines.at(-1)).toMatchObject({ event: 'stopped' });
      // Connections that are kept alive do not use up the time to drain.
      expect(stoppedAfterMs(gateway)).toBeLessThan(5000);
      await expect(fetch(`${gateway.url}/livez`)).rejects.toThrow('fetch failed');
    },
  );

  it.each([
    { title: 'does not finish within the window', environment: { DRYDOCK_DRAIN_MS: '300' }, signals: 1 },
    { title: 'is in work at a second signal', environment: { DRYDOCK_DRAIN_MS: '600000' }, signals: 2 },
  ])('ends with an error what $title, and exits 0', async ({ environment, signals }) => {
    await using gateway = await startGateway({ runtime, environment });
    const stalled = await postChat(gateway, { body: { ...greeting, model: 'stalled', stream: true } });
    const silent = postChat(gateway, { body: { ...greeting, model: 'silent' } });
    await gateway.logLine('the second request', (line) => line.model === 'silent');
    for (let sent = 0; sent < signals; sent += 1) {
      gateway.child.kill('SIGTERM');
      await gateway.logLine('the stop', (line) => line.event === 'stopping');
    }
    const text = await stalled.text();
    expect(text).toMatch(/data: \{"error":\{.*"code":"shutting_down"\}\}\n\n$/);
    expect(text).not.toMatch(/\[DONE\]|"finish_reason":"/);
    const answer = await silent;
    expect([answer.status, await answer.json()]).toMatchObject([503, { error: { code: 'shutting_down' } }]);
    expect(await gateway.exit).toEqual({ code: 0, signal: null });
    expect(stoppedAfterMs(gateway)).toBeLessThan(5000);
  });

  it('ends at a second signal though a worker side does not listen', async () => {
    await using gateway = await startGateway({ runtime, environment: { DRYDOCK_DRAIN_MS: '600000' } });
    const deaf = openRaw(gateway, rawPost(JSON.stringify({ ...greeting, model: 'deaf', stream: true })));
    await gateway.logLine('the request', (line) => line.event === 'scripted-start');
    gateway.child.kill('SIGTERM');
    await gateway.logLine('the stop', (line) => line.event === 'stopping');
    gateway.child.kill('SIGINT');
    expect(await gateway.exit).toEqual({ code: 0, signal: null });
    expect(await deaf.closed).not.toMatch(/\[DONE\]/);
  });

  it('says neither key nor prompt nor answer in anything it prints', async () => {
    await using gateway = await startGateway({ runtime, limits: { heartbeatMs: 100 } });
    const prompt = 'canary-prompt';
    const messages = [{ role: 'user', content: prompt }];
    const bodies = [
      { model: 'echo', messages },
      { model: 'inspect', messages, stream: true },
      { model: 'crash', messages },
      { model: prompt, messages },
      { model: 'echo', messages: [{ role: prompt, content: prompt }] },
      `{"model": "${prompt}`,
    ];
    for (const body of bodies) await (await postChat(gateway, { body })).text();
    const wrongHeaders = [`Bearer ${apiKey}x`, apiKey, `Basic ${apiKey}`];
    for (const wrong of wrongHeaders) {
      const answer = await postChat(gateway, { headers: { authorization: wrong } });
      expect(await answer.text()).not.toContain(apiKey);
    }
    await fetch(`${gateway.url}/v1/${prompt}?key=${apiKey}`, { headers: { authorization } });
    await openRaw(gateway, rawPost('{}', [`X-Request-Id: ${apiKey} ${prompt}`, 'Connection: close'])).closed;
    gateway.child.kill('SIGTERM');
    await gateway.exit;
    const { stdout, stderr } = gateway.output();
    expect(stdout).toBe('');
    expect(gateway.logLines.filter((line) => line.event === 'request')).toHaveLength(11);
    const said = stderr
      .split('\n')
      // The scripted worker side names its model; that is the test's line, not the gateway's.
      .filter((line) => !line.includes('"event":"scripted-'))
      .join('\n');
    expect(said).not.toMatch(/canary/);
    expect(said).toContain('"keyId":"first"');
    expect(said).toContain('"event":"unexpected-error"');
  });

  it('prints only JSON lines', async () => {
    await using gateway = await startGateway({ runtime });
    await (await postChat(gateway)).text();
    gateway.child.kill('SIGTERM');
    await gateway.exit;
    const { stdout, stderr } = gateway.output();
    expect(stdout).toBe('');
    expect(stderr.trimEnd().split('\n')).toHaveLength(gateway.logLines.length);
    expect(gateway.logLines[0]).toMatchObject({
      level: 30,
      event: 'ready',
      program: 'gateway',
      node: 'gateway-0',
      environment: 'dev',
      isEncrypted: false,
    });
  });
});
