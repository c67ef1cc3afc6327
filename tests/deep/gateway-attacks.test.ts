/** A gateway under clients that hold on to it: it sheds them as docs/threat-model.md says, keeps its memory, and serves others. */

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { until } from '../support/until.ts';
import {
  authorization,
  type Runtime,
  runtimes,
  type ServingGateway,
  startGateway,
} from '../unit/gateway/gateway-program.ts';
import { greeting, openRaw, postChat, rawPost } from '../unit/gateway/http-exchange.ts';
import { floodBytes } from '../unit/gateway/scripted-inference.ts';
import { Crowd, everySecond } from './crowd.ts';

const residentMiBMax = 512;

function residentMiB({ child }: ServingGateway): number {
  const status = readFileSync(`/proc/${child.pid}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]) / 1024;
}

async function answersOthers(gateway: ServingGateway, budgetMs: number): Promise<void> {
  await until(
    async () => {
      const answer = await postChat(gateway, { signal: AbortSignal.timeout(2000) }).catch(() => undefined);
      return answer?.status === 200 ? await answer.text() : undefined;
    },
    { what: 'an answer for a good client', budgetMs },
  );
}

function start(runtime: Runtime, limits = {}): Promise<ServingGateway> {
  return startGateway({ runtime, limits });
}

describe.each(runtimes)('on %s', (runtime) => {
  it('goes on through 10,000 connections that say nothing', async () => {
    await using gateway = await start(runtime);
    using crowd = new Crowd(gateway);
    await crowd.join(10_000);
    // Node takes 4,096 and ends the others; those that it took have ten seconds to ask for something.
    await answersOthers(gateway, 40_000);
    expect(crowd.held).toBeLessThanOrEqual(runtime === 'node' ? 4096 : 10_000);
    expect(residentMiB(gateway)).toBeLessThan(residentMiBMax);
    expect(gateway.child.exitCode).toBeNull();
  });

  it('goes on through 500 clients whose headers never end', async () => {
    await using gateway = await start(runtime);
    using crowd = new Crowd(gateway);
    await crowd.join(500, 'POST /v1/chat/completions HTTP/1.1\r\nHost: gateway\r\n');
    await everySecond(14, async (second) => {
      crowd.say(`X-${second}: x\r\n`);
      await answersOthers(gateway, 10_000);
    });
    if (runtime === 'node')
      await until(
        () => (crowd.held === 0 ? true : undefined),
        { what: 'their end', budgetMs: 10_000 },
        () => crowd.held,
      );
    expect(residentMiB(gateway)).toBeLessThan(residentMiBMax);
  });

  it('ends 200 clients whose bodies never do, and has room for others', async () => {
    await using gateway = await start(runtime, { bodyReadMs: 3000 });
    using crowd = new Crowd(gateway);
    await crowd.join(200, rawPost('', ['Content-Length: 1000']).replace('Content-Length: 0\r\n', ''));
    await answersOthers(gateway, 10_000);
    await until(
      () =>
        gateway.logLines.filter(({ errorCode }) => errorCode === 'GATEWAY_BODY_TOO_SLOW').length >= 200
          ? true
          : undefined,
      { what: 'the end of all', budgetMs: 20_000 },
    );
    await answersOthers(gateway, 10_000);
  });

  it('keeps its memory under 100 clients that do not read', async () => {
    await using gateway = await start(runtime, { requestMs: 8000 });
    const body = JSON.stringify({ ...greeting, model: 'flood', stream: true });
    const deaf = Array.from({ length: 100 }, () => {
      const { socket } = openRaw(gateway, rawPost(body));
      socket.pause();
      return socket;
    });
    let peak = 0;
    await everySecond(6, async () => {
      await answersOthers(gateway, 10_000);
      peak = Math.max(peak, residentMiB(gateway));
    });
    // What the sockets hold, a token for each client, and the program itself.
    expect(peak).toBeLessThan(residentMiBMax + (100 * floodBytes) / 2 ** 20);
    await until(
      () =>
        gateway.logLines.filter(({ event, model }) => event === 'scripted-end' && model === 'flood').length >=
        100
          ? true
          : undefined,
      { what: 'the end of their generations', budgetMs: 20_000 },
    );
    for (const socket of deaf) socket.destroy();
  });

  it('refuses headers of 10 MB, again and again', async () => {
    await using gateway = await start(runtime);
    const field = `X-Long: ${'x'.repeat(10 * 2 ** 20)}`;
    for (let count = 0; count < 20; count += 1) {
      const text = await openRaw(gateway, rawPost('{}', [field])).closed;
      expect(text).toMatch(/^(HTTP\/1\.1 4\d\d |$)/);
    }
    await answersOthers(gateway, 10_000);
    expect(residentMiB(gateway)).toBeLessThan(residentMiBMax);
  });

  it('refuses JSON of any depth within the limit of a body', async () => {
    await using gateway = await start(runtime);
    for (const text of ['[', '{"a":', '[{"a":']) {
      const answer = await postChat(gateway, { body: text.repeat(Math.floor(1_000_000 / text.length)) });
      expect(answer.status).toBe(400);
      await answer.text();
    }
    const closed = `{"model":"echo","messages":${'['.repeat(400_000)}${']'.repeat(400_000)}}`;
    expect((await postChat(gateway, { body: closed, headers: { authorization } })).status).toBe(400);
    await answersOthers(gateway, 10_000);
  });
});
