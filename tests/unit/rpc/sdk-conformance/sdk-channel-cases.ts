/** Channels as users of the SDK meet them. */
import { once } from 'node:events';
import type { ChannelReader, ChannelWriter } from 'iii-sdk/channel';
import { createChannel } from 'iii-sdk/helpers';
import { expect } from 'vitest';
import { until } from '../until.ts';
import type { SdkCase } from './case.ts';
import { cuttableLink } from './cuttable-link.ts';
import { SdkPeer } from './sdk-peer.ts';

const mebibyte = 1024 * 1024;

/** A reader here, and the writer as a worker gets it: out of the payload of a call. */
async function stream(
  url: string,
  options: { readonly bufferSize?: number; readonly workerUrl?: string } = {},
) {
  const scope = new AsyncDisposableStack();
  const caller = scope.use(await SdkPeer.connect(url, { name: 'caller' }));
  const worker = scope.use(await SdkPeer.connect(options.workerUrl ?? url, { name: 'worker' }));
  const got = Promise.withResolvers<ChannelWriter>();
  worker.client.registerFunction('stream', async ({ out }: { readonly out: ChannelWriter }) => {
    out.stream.on('error', () => {});
    got.resolve(out);
  });
  await worker.applied();
  const channel = await createChannel(caller.client, options.bufferSize);
  await caller.call('stream', { out: channel.writerRef });
  const { reader } = channel;
  const messages: string[] = [];
  reader.onMessage((text) => messages.push(text));
  reader.stream.on('error', () => {});
  const writer = await got.promise;
  scope.defer(() => {
    reader.stream.destroy();
    writer.stream.destroy();
  });
  return { caller, reader, writer, messages, [Symbol.asyncDispose]: () => scope.disposeAsync() };
}

async function endOf(reader: ChannelReader): Promise<string> {
  const ends = ['end', 'error'].map(async (name) => {
    await once(reader.stream, name);
    return name;
  });
  return await Promise.race(ends);
}

export const sdkChannelCases: readonly SdkCase[] = [
  {
    id: 'S19',
    title: 'messages of a worker reach its caller in order, and the end after them',
    run: async ({ url }) => {
      await using channel = await stream(url);
      const { reader, writer, messages } = channel;
      const ended = endOf(reader);
      reader.stream.resume();
      for (let count = 0; count < 200; count += 1) writer.sendMessage(`${count}`);
      writer.close();
      expect(await ended).toBe('end');
      expect(messages).toEqual(Array.from({ length: 200 }, (_, count) => `${count}`));
    },
  },
  {
    id: 'S20',
    title: 'a channel can lead to the worker too',
    run: async ({ url }) => {
      await using caller = await SdkPeer.connect(url, { name: 'caller' });
      await using worker = await SdkPeer.connect(url, { name: 'worker' });
      const read = Promise.withResolvers<string>();
      worker.client.registerFunction('upload', async ({ input }: { readonly input: ChannelReader }) => {
        input.readAll().then((bytes) => read.resolve(String(bytes)), read.reject);
      });
      await worker.applied();
      const { writer, readerRef } = await createChannel(caller.client);
      await caller.call('upload', { input: readerRef });
      writer.stream.write('some ');
      writer.stream.end('bytes');
      expect(await read.promise).toBe('some bytes');
    },
  },
  {
    id: 'S21',
    title: 'a reader with a listener for messages alone never connects',
    run: async ({ url }) => {
      await using channel = await stream(url);
      const { caller, reader, writer, messages } = channel;
      writer.sendMessage('kept');
      await caller.applied();
      expect(messages).toEqual([]);
      reader.stream.resume();
      await until('the message', () => messages.length === 1);
    },
  },
  {
    id: 'S22',
    title: 'a writer that is cut and one that closes look alike to the reader',
    run: async ({ url }) => {
      await using link = await cuttableLink(url);
      for (const how of ['cut', 'close'] as const) {
        await using channel = await stream(url, { workerUrl: link.url });
        const { reader, writer, messages } = channel;
        const ended = endOf(reader);
        reader.stream.resume();
        writer.sendMessage('last');
        await until('the message', () => messages.length === 1);
        if (how === 'cut') link.cut();
        else writer.close();
        expect(await ended, how).toBe('end');
      }
    },
  },
  {
    id: 'S23',
    title: 'a reader that destroys its stream is noticed by the writer at one of its next messages',
    run: async ({ url }) => {
      await using channel = await stream(url);
      const { reader, writer, messages } = channel;
      reader.stream.resume();
      writer.sendMessage('first');
      await until('the message', () => messages.length === 1);
      reader.stream.destroy();
      let sent = 0;
      await until('the writer to be closed', () => {
        if (!writer.stream.destroyed) {
          sent += 1;
          writer.sendMessage('more');
        }
        return writer.stream.destroyed;
      });
      expect(sent).toBeGreaterThan(0);
    },
  },
  {
    id: 'S24',
    title: 'a reader that closes is not heard: it goes on getting messages, and the writer learns nothing',
    run: async ({ url }) => {
      await using channel = await stream(url);
      const { reader, writer, messages } = channel;
      reader.stream.resume();
      writer.sendMessage('0');
      await until('the message', () => messages.length === 1);
      reader.close();
      for (let count = 1; count <= 50; count += 1) {
        writer.sendMessage(`${count}`);
        await until('the message', () => messages.length === count + 1);
      }
      expect(writer.stream.destroyed).toBe(false);
    },
  },
  {
    id: 'S24',
    title: 'only after 30 s does its client give up, and the writer learns it',
    isHeavy: 'very',
    run: async ({ url }) => {
      await using channel = await stream(url);
      const { reader, writer, messages } = channel;
      reader.stream.resume();
      writer.sendMessage('0');
      await until('the message', () => messages.length === 1);
      const start = performance.now();
      reader.close();
      const pace = setInterval(() => writer.sendMessage('more'), 20);
      await once(writer.stream, 'close');
      clearInterval(pace);
      const seconds = (performance.now() - start) / 1000;
      expect(seconds).toBeGreaterThan(29);
      expect(seconds).toBeLessThan(33);
    },
  },
  {
    id: 'S25',
    title: 'without a reader a writer of bytes is held up, and everything arrives once one comes',
    isHeavy: 'very',
    run: async ({ url }) => {
      await using channel = await stream(url, { bufferSize: 4 });
      const { caller, reader, writer } = channel;
      const bytes = Buffer.alloc(25 * mebibyte);
      for (let at = 0; at < bytes.length; at += 4) bytes.writeUInt32LE(at, at);
      let isWritten = false;
      writer.stream.write(bytes, () => {
        isWritten = true;
      });
      for (let turn = 0; turn < 50; turn += 1) await caller.applied();
      expect(isWritten).toBe(false);
      const read = reader.readAll();
      await until('the end of the writing', () => isWritten);
      writer.stream.end();
      expect((await read).equals(bytes)).toBe(true);
    },
  },
  {
    id: 'S26',
    title: 'a channel outlives the connection that created it',
    run: async ({ url }) => {
      await using creator = await SdkPeer.connect(url, { name: 'creator' });
      const { reader, writer } = await createChannel(creator.client);
      await creator.client.shutdown();
      writer.stream.end('alive');
      expect(String(await reader.readAll())).toBe('alive');
    },
  },
];
