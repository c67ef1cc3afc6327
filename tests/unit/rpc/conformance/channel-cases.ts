/** Wire cases E: channels. */
import { expect } from 'vitest';
import { until } from '../until.ts';
import type { CaseEngine, WireCase } from './case.ts';
import { RawPeer, RawSocket } from './raw-peer.ts';

const mebibyte = 1024 * 1024;
const hex = /^[0-9a-f]{32,}$/;

interface ChannelEnd {
  readonly channel_id: string;
  readonly access_key: string;
  readonly direction: string;
}

interface ChannelEndPair {
  readonly reader: ChannelEnd;
  readonly writer: ChannelEnd;
}

async function create(url: string, bufferSize?: number): Promise<ChannelEndPair> {
  await using creator = await RawPeer.connect(url);
  const { result } = await creator.ask('engine::channels::create', { buffer_size: bufferSize });
  return result as ChannelEndPair;
}

function endUrl(url: string, { channel_id, access_key, direction }: ChannelEnd): string {
  return `${url}/ws/channels/${channel_id}?key=${access_key}&dir=${direction}`;
}

function open(url: string, end: ChannelEnd): Promise<RawSocket> {
  return new RawSocket(endUrl(url, end)).opened();
}

/** The status and body that an upgrade is refused with. */
function refusal(url: string): Promise<string> {
  return new Promise((resolve) => {
    const { socket } = new RawSocket(url);
    socket.on('unexpected-response', (_request, response) => {
      response.setEncoding('utf8').on('data', (body) => resolve(`${response.statusCode} ${body}`));
    });
    socket.on('open', () => resolve('accepted'));
  });
}

const chunkBytes = 64 * 1024;
const chunks = 512;

async function holdWriterUp({ url }: CaseEngine, bufferSize: number): Promise<void> {
  const channel = await create(url, bufferSize);
  await using writer = await open(url, channel.writer);
  await using witness = await RawPeer.connect(url);
  for (let index = 0; index < chunks; index += 1) {
    const chunk = Buffer.alloc(chunkBytes);
    chunk.writeUInt32BE(index);
    writer.socket.send(chunk);
  }
  let held = writer.socket.bufferedAmount;
  for (let quietRounds = 0; quietRounds < 20; ) {
    await witness.barrier();
    const now = writer.socket.bufferedAmount;
    quietRounds = now === held ? quietRounds + 1 : 0;
    held = now;
  }
  // 4 MiB on the real engine, 8 at a size of 64: what the sockets hold is most of it.
  const passed = chunks * chunkBytes - held;
  expect(passed).toBeGreaterThan(mebibyte);
  expect(passed).toBeLessThan(24 * mebibyte);
  await using reader = new RawSocket(endUrl(url, channel.reader));
  const order: number[] = [];
  reader.socket.on('message', (data) => {
    if (Buffer.isBuffer(data)) order.push(data.readUInt32BE());
  });
  await until(
    'all of it',
    () => order.length === chunks,
    () => order.length,
  );
  expect(order).toEqual(Array.from({ length: chunks }, (_, index) => index));
}

export const channelCases: readonly WireCase[] = [
  {
    id: 'E1',
    title: 'a created channel has two ends with one key, and a wrong buffer size is refused',
    run: async ({ url }) => {
      const { reader, writer } = await create(url, 0);
      expect(reader).toEqual({
        channel_id: writer.channel_id,
        access_key: expect.stringMatching(hex),
        direction: 'read',
      });
      expect(writer).toEqual({ ...reader, direction: 'write' });
      await using peer = await RawPeer.connect(url);
      for (const input of [{ buffer_size: 'x' }, { buffer_size: -1 }, null]) {
        const { error } = await peer.ask('engine::channels::create', input);
        expect(error).toMatchObject({ code: 'deserialization_error' });
      }
    },
  },
  {
    id: 'E2',
    title: 'a wrong key or id is refused with 404, a query that cannot be read with 400',
    run: async ({ url }) => {
      const { reader } = await create(url);
      expect(await refusal(endUrl(url, { ...reader, access_key: 'guess' }))).toBe('404 Channel not found');
      expect(await refusal(endUrl(url, { ...reader, channel_id: 'guess' }))).toBe('404 Channel not found');
      for (const query of [
        'dir=read',
        `key=${reader.access_key}&dir=both`,
        `key=${reader.access_key}&dir=READ`,
      ]) {
        const answer = await refusal(`${url}/ws/channels/${reader.channel_id}?${query}`);
        expect(answer, query).toMatch(/^400 Failed to deserialize query string: /);
      }
    },
  },
  {
    id: 'E3',
    title: 'texts and bytes arrive in order and kind, then a Close without a code',
    run: async ({ url }) => {
      const channel = await create(url);
      await using reader = await open(url, channel.reader);
      await using writer = await open(url, channel.writer);
      writer.socket.ping();
      await until('the pong', () => writer.pongs === 1);
      writer.socket.send('one');
      writer.socket.send(Buffer.from('two'));
      writer.socket.send('three');
      writer.socket.send('');
      writer.socket.close(1000, 'done');
      expect(await reader.closed()).toBe(1005);
      expect(reader.messages).toEqual([
        { data: 'one', isBinary: false },
        { data: 'two', isBinary: true },
        { data: 'three', isBinary: false },
        { data: '', isBinary: false },
      ]);
    },
  },
  {
    id: 'E4',
    title: 'what is written before a reader exists is kept for it',
    run: async ({ url }) => {
      const channel = await create(url);
      await using writer = await open(url, channel.writer);
      for (const text of ['1', '2', '3']) writer.socket.send(text);
      writer.socket.close();
      await writer.closed();
      await using reader = await open(url, channel.reader);
      expect(await reader.closed()).toBe(1005);
      expect(reader.messages.map(({ data }) => data)).toEqual(['1', '2', '3']);
    },
  },
  {
    id: 'E5',
    title: 'whoever takes an end second, or after the end, is let in and closed at once',
    run: async ({ url }) => {
      const channel = await create(url);
      await using reader = await open(url, channel.reader);
      await using writer = await open(url, channel.writer);
      await using secondReader = await open(url, channel.reader);
      await using secondWriter = await open(url, channel.writer);
      expect([await secondReader.closed(), await secondWriter.closed()]).toEqual([1005, 1005]);
      writer.socket.send('on');
      await reader.received(1);
      writer.socket.close();
      await reader.closed();
      await using late = await open(url, channel.reader);
      expect(await late.closed()).toBe(1005);
    },
  },
  {
    id: 'E6',
    title: 'a writer that crashes and one that closes look alike to the reader',
    run: async ({ url }) => {
      const ends: Readonly<Record<string, (writer: RawSocket) => void>> = {
        RST: (writer) => writer.reset(),
        FIN: (writer) => writer.tcp.destroy(),
        Close: (writer) => writer.socket.close(),
      };
      for (const [how, end] of Object.entries(ends)) {
        const channel = await create(url);
        await using reader = await open(url, channel.reader);
        await using writer = await open(url, channel.writer);
        writer.socket.send('last');
        await reader.received(1);
        end(writer);
        expect(await reader.closed(), how).toBe(1005);
      }
    },
  },
  {
    id: 'E7',
    title: 'a writer learns of the death of its reader only from its next messages',
    run: async ({ url }) => {
      const channel = await create(url);
      await using reader = await open(url, channel.reader);
      await using writer = await open(url, channel.writer);
      writer.socket.send('0');
      await reader.received(1);
      reader.reset();
      writer.socket.ping();
      await until('the pong', () => writer.pongs === 1);
      expect(writer.closeCode).toBeUndefined();
      let sent = 0;
      await until('the writer to be dropped', () => {
        if (writer.closeCode === undefined && sent === writer.pongs - 1) {
          sent += 1;
          writer.socket.send('more');
          writer.socket.ping();
        }
        return writer.closeCode !== undefined;
      });
      expect(writer.closeCode).toBe(1006);
      expect(sent).toBeLessThanOrEqual(3);
    },
  },
  {
    id: 'E8',
    title: "a reader's Close frame is not heard, and messages keep flowing to it",
    run: async ({ url }) => {
      const channel = await create(url);
      await using reader = await open(url, channel.reader);
      await using writer = await open(url, channel.writer);
      writer.socket.send('0');
      await reader.received(1);
      reader.socket.close(1000, 'channel_close');
      for (const text of ['1', '2', '3', '4', '5']) {
        writer.socket.send(text);
        await reader.received(Number(text) + 1);
      }
      expect([reader.closeCode, writer.closeCode]).toEqual([undefined, undefined]);
    },
  },
  ...[1, 4, 64].map(
    (bufferSize): WireCase => ({
      id: 'E9',
      title: `without a reader some MiB pass at a size of ${bufferSize}, then the writer is held up; nothing is lost once one comes`,
      isHeavy: 'very',
      run: (engine) => holdWriterUp(engine, bufferSize),
    }),
  ),
  {
    id: 'E10',
    title: 'a frame above 16 MiB drops the writer, and nothing of it is delivered',
    isHeavy: 'very',
    run: async ({ url }) => {
      const channel = await create(url);
      await using reader = await open(url, channel.reader);
      await using writer = await open(url, channel.writer);
      writer.socket.send('x'.repeat(17 * mebibyte));
      expect(await writer.closed()).toBe(1006);
      expect(await reader.closed()).toBe(1005);
      expect(reader.messages).toEqual([]);
    },
  },
  {
    id: 'E11',
    title: 'a channel outlives its creator, and any listener leads to it without credentials',
    engine: {
      listeners: [
        { port: 0, host: '127.0.0.1' },
        { port: 0, host: '127.0.0.1', rbac: { authFunctionId: 'auth::nobody', exposeFunctions: [] } },
      ],
    },
    run: async ({ urls: [open1 = '', guarded = ''] }) => {
      const channel = await create(open1);
      await using reader = await open(guarded, channel.reader);
      await using writer = await open(open1, channel.writer);
      writer.socket.send('through');
      await reader.received(1);
      expect(reader.messages[0]?.data).toBe('through');
    },
  },
];
