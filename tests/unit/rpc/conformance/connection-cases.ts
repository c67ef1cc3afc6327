/** Wire cases A: connection and framing. */
import { once } from 'node:events';
import { connect as connectTcp } from 'node:net';
import { expect } from 'vitest';
import { until } from '../until.ts';
import type { WireCase } from './case.ts';
import { RawPeer, RawSocket, watchWorkers } from './raw-peer.ts';

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const mebibyte = 1024 * 1024;

async function rawHttp(port: number, request: string): Promise<string> {
  const socket = connectTcp(port, '127.0.0.1');
  let text = '';
  socket.on('data', (chunk) => {
    text += String(chunk);
  });
  socket.write(request);
  await once(socket, 'close');
  return text;
}

/** One message in as many frames. */
function sendFragments({ socket }: RawPeer, parts: readonly string[]): void {
  for (const [index, part] of parts.entries()) socket.send(part, { fin: index === parts.length - 1 });
}

export const connectionCases: readonly WireCase[] = [
  {
    id: 'A1',
    title: 'a connection is greeted with one workerregistered and nothing else',
    run: async ({ url }) => {
      await using peer = await RawPeer.connect(url);
      expect(peer.id).toMatch(uuid);
      expect(peer.reattachToken).toMatch(uuid);
      expect(await peer.barrier()).toEqual([]);
    },
  },
  {
    id: 'A2',
    title: 'a ping in a text or a binary frame is answered with a pong',
    run: async ({ url }) => {
      await using peer = await RawPeer.connect(url);
      peer.send({ type: 'ping', more: 1 });
      await peer.take('pong');
      peer.socket.send(Buffer.from('{"type":"ping"}'));
      expect(await peer.take('pong')).toEqual({ type: 'pong' });
    },
  },
  {
    id: 'A3',
    title: 'a control ping is answered twice on / and once on a channel',
    run: async ({ url }) => {
      await using peer = await RawPeer.connect(url);
      const { result } = await peer.ask('engine::channels::create');
      const { channel_id, access_key } = (result as { writer: Record<string, string> }).writer;
      await using writer = await new RawSocket(
        `${url}/ws/channels/${channel_id}?key=${access_key}&dir=write`,
      ).opened();
      peer.socket.ping('hello');
      writer.socket.ping('hello');
      await until('the pongs', () => peer.pongs === 2 && writer.pongs === 1);
      await peer.barrier();
      expect([peer.pongs, writer.pongs]).toEqual([2, 1]);
    },
  },
  {
    id: 'A4',
    title: 'an idle connection gets no ping and no frame for 90 s, and stays',
    passesTime: true,
    run: async ({ url, pass }) => {
      await using peer = await RawPeer.connect(url);
      await pass(90_000);
      expect(await peer.barrier()).toEqual([]);
      expect(peer.pings).toBe(0);
    },
  },
  {
    id: 'A5',
    title: 'undecodable text is ignored',
    run: async ({ url }) => {
      await using peer = await RawPeer.connect(url);
      const deep = `${'['.repeat(200)}${']'.repeat(200)}`;
      const garbage = [
        'not json',
        '""',
        '   ',
        '[1,2]',
        '5',
        '{"a":1}',
        '{"type":"frobnicate"}',
        '{"type":"Ping"}',
        '{"type":"registerfunction"}',
        '{"type":"unregistertriggertype","id":"x"}',
        `{"type":"invokefunction","function_id":"f","data":${deep}}`,
      ];
      for (const text of garbage) peer.socket.send(text);
      expect(await peer.barrier()).toEqual([]);
    },
  },
  {
    id: 'A6',
    title: 'undecodable bytes and telemetry are ignored',
    run: async ({ url }) => {
      await using peer = await RawPeer.connect(url);
      const telemetry = ['OTLPx', 'MTRCx', 'LOGSx'].map((text) => [...Buffer.from(text)]);
      for (const bytes of [[1, 2, 3, 255], ...telemetry]) {
        peer.socket.send(Buffer.from(bytes));
      }
      expect(await peer.barrier()).toEqual([]);
    },
  },
  {
    id: 'A7',
    title: 'a frame above 16 MiB drops the connection with 1006, one below passes',
    isHeavy: 'very',
    run: async ({ url }) => {
      await using caller = await RawPeer.connect(url);
      await using worker = await RawPeer.connect(url);
      await worker.register('f');
      caller.call('f', 'x'.repeat(15.9 * mebibyte));
      expect(String((await worker.take('invokefunction')).data)).toHaveLength(Math.floor(15.9 * mebibyte));
      caller.call('f', 'x'.repeat(16.1 * mebibyte));
      expect(await caller.closed()).toBe(1006);
      expect(await worker.barrier()).toEqual([]);
    },
  },
  {
    id: 'A8',
    title: 'a message of 20 MiB in two frames of 10 passes',
    isHeavy: 'very',
    run: async ({ url }) => {
      await using caller = await RawPeer.connect(url);
      await using worker = await RawPeer.connect(url);
      await worker.register('f');
      const head = `{"type":"invokefunction","function_id":"f","data":"`;
      sendFragments(caller, [head + 'x'.repeat(10 * mebibyte), `${'x'.repeat(10 * mebibyte)}"}`]);
      expect(String((await worker.take('invokefunction')).data)).toHaveLength(20 * mebibyte);
    },
  },
  {
    id: 'A8',
    title: 'a message just above 64 MiB drops the connection, however many frames it has',
    isHeavy: 'very',
    run: async ({ url }) => {
      await using peer = await RawPeer.connect(url);
      const part = 'x'.repeat(13 * mebibyte);
      sendFragments(peer, [`"${part}`, part, part, part, `${part}"`]);
      expect(await peer.closed()).toBe(1006);
    },
  },
  {
    id: 'A9',
    title: 'an executor that answers more than 16 MiB is dropped, and its caller told so',
    isHeavy: 'very',
    run: async ({ url }) => {
      await using caller = await RawPeer.connect(url);
      await using worker = await RawPeer.connect(url);
      await worker.register('f');
      caller.call('f');
      worker.answer(await worker.take('invokefunction'), { result: 'x'.repeat(17 * mebibyte) });
      expect(await worker.closed()).toBe(1006);
      expect((await caller.take('invocationresult')).error).toMatchObject({ code: 'invocation_stopped' });
    },
  },
  {
    id: 'A10',
    title: 'compression is not negotiated',
    run: async ({ url }) => {
      await using peer = await RawPeer.connect(url);
      expect(peer.socket.extensions).toBe('');
    },
  },
  {
    id: 'A11',
    title: 'a connection that does not finish its upgrade is closed without a byte',
    passesTime: true,
    run: async ({ port, pass }) => {
      let ended = 0;
      const requests = ['', 'GET / HTTP/1.1\r\nHost: engine\r\nUpgr'].map((request) =>
        rawHttp(port, request).finally(() => {
          ended += 1;
        }),
      );
      // A whole request behind them: the engine has them.
      await rawHttp(port, 'GET / HTTP/1.1\r\nHost: engine\r\n\r\n');
      await pass(9500);
      expect(ended).toBe(0);
      await pass(1000);
      expect(await Promise.all(requests)).toEqual(['', '']);
    },
  },
  {
    id: 'A12',
    title: 'a plain GET is refused with 400 on / and with 404 elsewhere',
    run: async ({ port }) => {
      const get = (path: string) => rawHttp(port, `GET ${path} HTTP/1.1\r\nHost: engine\r\n\r\n`);
      const root = await get('/');
      expect(root).toMatch(/^HTTP\/1\.1 400 /);
      expect(root).toContain("Connection header did not include 'upgrade'");
      expect(await get('/elsewhere')).toMatch(/^HTTP\/1\.1 404 /);
    },
  },
  {
    id: 'A13',
    title: 'a telemetry connection is taken, heard by nobody and listed nowhere',
    run: async ({ url }) => {
      await using watcher = await watchWorkers(url);
      await using telemetry = await new RawSocket(`${url}/otel`).opened();
      telemetry.socket.send('junk');
      telemetry.socket.send(Buffer.from('OTLPjunk'));
      telemetry.socket.ping();
      await until('the pong', () => telemetry.pongs === 1);
      expect(telemetry.messages).toEqual([]);
      expect(await watcher.barrier()).toEqual([]);
    },
  },
  {
    id: 'A14',
    title: 'an engine that stops ends every connection without a Close frame and answers no call',
    run: async (engine) => {
      await using caller = await RawPeer.connect(engine.url);
      await using worker = await RawPeer.connect(engine.url);
      await worker.register('f');
      caller.call('f');
      await worker.take('invokefunction');
      await engine[Symbol.asyncDispose]();
      expect([await caller.closed(), await worker.closed()]).toEqual([1006, 1006]);
      expect(caller.messages).toHaveLength(1);
    },
  },
];
