import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runtimes, type ServingGateway, startGateway } from './gateway-program.ts';
import { greeting, openRaw, postChat, type RawConnection, rawPost } from './http-exchange.ts';
import { floodBytes } from './scripted-inference.ts';

function bodyFor(model: string, isStream: boolean): string {
  return JSON.stringify({ ...greeting, model, stream: isStream });
}

async function firstBytes({ socket }: RawConnection): Promise<void> {
  await new Promise<void>((resolve) => socket.once('data', () => resolve()));
}

describe.each(runtimes)('on %s', (runtime) => {
  let gateway: ServingGateway;
  beforeAll(async () => {
    gateway = await startGateway({
      runtime,
      limits: { requestMs: 20_000, heartbeatMs: 60, requestsMax: 2 },
    });
  }, 30_000);
  afterAll(() => gateway[Symbol.asyncDispose]());

  function loggedOf(event: string, model: string) {
    return gateway.logLine(`${event} of ${model}`, (line) => line.event === event && line.model === model);
  }

  it.each([
    { title: 'JSON, before anything is there', model: 'silent:json', isStream: false },
    { title: 'a stream, before its first token', model: 'silent:stream', isStream: true },
    { title: 'JSON, in the middle', model: 'stalled:json', isStream: false },
  ])('tells the worker when the client leaves: $title', async ({ model, isStream }) => {
    const connection = openRaw(gateway, rawPost(bodyFor(model, isStream)));
    await loggedOf('scripted-start', model);
    connection.socket.destroy();
    await loggedOf('scripted-abort', model);
    await loggedOf('scripted-end', model);
  });

  it('tells the worker when the client leaves before the stream has started', async () => {
    // Longer than any test: the stream has no bytes yet when the client goes.
    await using patient = await startGateway({ runtime, limits: { heartbeatMs: 20_000 } });
    const connection = openRaw(patient, rawPost(bodyFor('silent', true)));
    await patient.logLine('the start', (line) => line.event === 'scripted-start');
    expect(connection.received()).toBe('');
    connection.socket.destroy();
    await patient.logLine('the abort', (line) => line.event === 'scripted-abort');
  });

  it('tells the worker when the client leaves in the middle of a stream', async () => {
    const connection = openRaw(gateway, rawPost(bodyFor('stalled:stream', true)));
    await firstBytes(connection);
    connection.socket.destroy();
    await loggedOf('scripted-abort', 'stalled:stream');
    const ended = await gateway.logLine(
      'the end of the request',
      (line) =>
        line.event === 'request' && line.isStreaming === true && line.errorCode === 'GATEWAY_CLIENT_LEFT',
    );
    expect(ended).not.toHaveProperty('finishReason');
  });

  it.each([
    { title: 'leaves', model: 'silent:all', isLeaving: true },
    { title: 'is told that one has failed', model: 'one-fails:RPC_WORKER_LOST', isLeaving: false },
  ])('ends every choice when the client $title', async ({ model, isLeaving }) => {
    await using roomy = await startGateway({ runtime, limits: { requestMs: 20_000 } });
    const body = JSON.stringify({ ...greeting, model, n: 3 });
    const connection = openRaw(roomy, rawPost(body));
    const counted = (event: string) => roomy.logLines.filter((line) => line.event === event).length;
    await roomy.logLine('three starts', () => counted('scripted-start') === 3);
    if (isLeaving) connection.socket.destroy();
    await roomy.logLine('three ends', () => counted('scripted-end') === 3);
    expect(counted('scripted-abort')).toBe(isLeaving ? 3 : 2);
    connection.socket.destroy();
  });

  it('counts each choice as a request that it works on', async () => {
    const body = { ...greeting, model: 'numbered', n: 2 };
    expect((await postChat(gateway, { body })).status).toBe(200);
    const refused = await postChat(gateway, { body: { ...body, n: 3 } });
    expect([refused.status, await refused.json()]).toMatchObject([429, { error: { code: 'gateway_busy' } }]);
    expect((await postChat(gateway, { body })).status).toBe(200);
  });

  it('does not call a finished generation cancelled', async () => {
    const response = await postChat(gateway, { body: { ...greeting, model: 'long', stream: true } });
    await response.text();
    await loggedOf('scripted-end', 'long');
    expect(
      gateway.logLines.filter((line) => line.event === 'scripted-abort' && line.model === 'long'),
    ).toEqual([]);
  });

  it('refuses a request over the number it works on, and takes one when a place is free', async () => {
    const held = ['silent:one', 'silent:two'].map((model) =>
      openRaw(gateway, rawPost(bodyFor(model, false))),
    );
    await Promise.all(['silent:one', 'silent:two'].map((model) => loggedOf('scripted-start', model)));
    const refused = await postChat(gateway);
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '1']);
    expect(await refused.json()).toMatchObject({ error: { code: 'gateway_busy' } });
    held[0]?.socket.destroy();
    await loggedOf('scripted-end', 'silent:one');
    expect((await postChat(gateway)).status).toBe(200);
    held[1]?.socket.destroy();
    await loggedOf('scripted-end', 'silent:two');
  });

  it('ends a worker side that does not listen when the time is over', async () => {
    await using hasty = await startGateway({ runtime, limits: { requestMs: 300 } });
    const answer = await postChat(hasty, { body: { ...greeting, model: 'deaf' } });
    expect(answer.status).toBe(504);
    expect(await answer.json()).toMatchObject({ error: { code: 'deadline_exceeded' } });
  });

  it('takes no more from the worker than a client reads, and lets it go when the time is over', async () => {
    await using hasty = await startGateway({ runtime, limits: { requestMs: 1500, requestsMax: 1 } });
    const connection = openRaw(hasty, '');
    connection.socket.pause();
    connection.socket.write(rawPost(bodyFor('flood', true)));
    const { frames } = await hasty.logLine('the end', (line) => line.event === 'scripted-end');
    // What the kernel's socket buffers hold, and little more.
    expect(Number(frames) * floodBytes).toBeLessThan(32 * 1024 * 1024);
    const ended = await hasty.logLine('the request', (line) => line.event === 'request');
    expect(ended.errorCode).toBe('RPC_DEADLINE_EXCEEDED');
    // The place is free though the connection still stands.
    expect((await postChat(hasty)).status).toBe(200);
    connection.socket.destroy();
  });
});
