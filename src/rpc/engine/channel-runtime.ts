/**
 * The two sockets of a channel. A writer that crashes and one that closes end alike for the reader. A reader is never
 * read from, so its Close frame goes unseen, and its death shows when the next messages cannot be delivered.
 */
import type { Socket } from 'node:net';
import type { RawData, WebSocket } from 'ws';
import type { Channel, ChannelTable } from './channel-table.ts';
import { FrameWriter } from './frame-writer-runtime.ts';

/** What may wait in the reader's socket before the writer is held up. */
const readerBytesMax = 1024 * 1024;
const channelBytesMax = 16 * 1024 * 1024;
/** All channels together. The real engine has no such bound. */
const totalBytesMax = 512 * 1024 * 1024;

interface Reader {
  readonly socket: WebSocket;
  readonly writer: FrameWriter;
}

/** Sockets of the channels in use. An end is taken once: whoever comes second gets a Close at once. */
export class ChannelEnds {
  readonly #table: ChannelTable;
  readonly #readers = new Map<Channel, Reader>();
  readonly #writers = new Map<Channel, WebSocket>();

  constructor(table: ChannelTable) {
    this.#table = table;
    table.onForgotten((channel) => {
      this.#writers.get(channel)?.terminate();
      this.#readers.get(channel)?.socket.terminate();
    });
  }

  /** @param tcp what is below `socket`. */
  joinReader(channel: Channel, socket: WebSocket, tcp: Socket): void {
    socket.on('error', () => {});
    if (channel.hasReader || channel.phase === 'over') {
      socket.close();
      return;
    }
    channel.hasReader = true;
    this.#readers.set(channel, { socket, writer: new FrameWriter(tcp) });
    socket.pause();
    socket.on('close', () => this.#loseReader(channel));
    // Once more is held than a socket takes at a time, it says when it has given it all away.
    tcp.on('drain', () => this.#pump(channel));
    this.#pump(channel);
  }

  joinWriter(channel: Channel, socket: WebSocket): void {
    socket.on('error', () => {});
    if (channel.hasWriter || channel.phase === 'over') {
      socket.close();
      return;
    }
    channel.hasWriter = true;
    this.#writers.set(channel, socket);
    socket.on('message', (data, isBinary) => this.#accept(channel, data, isBinary));
    socket.on('close', () => this.#loseWriter(channel));
  }

  #accept(channel: Channel, data: RawData, isBinary: boolean): void {
    if (channel.phase === 'reader-gone' || this.#table.bufferedBytes > totalBytesMax) {
      this.#writers.get(channel)?.terminate();
      return;
    }
    this.#table.push(channel, { bytes: bytesOf(data), isBinary });
    this.#pump(channel);
  }

  #pump(channel: Channel): void {
    const reader = this.#readers.get(channel);
    while (reader !== undefined && reader.writer.waitingBytes < readerBytesMax) {
      const message = this.#table.shift(channel);
      if (message === undefined) break;
      reader.writer.write(message.bytes, message.isBinary);
    }
    this.#regulateWriter(channel);
    if (reader !== undefined && channel.phase === 'writer-ended' && channel.buffer.length === 0) {
      this.#table.enter(channel, 'over');
      this.#readers.delete(channel);
      // The handshake of the end needs the reader's answer, and it is read from here on.
      reader.socket.close();
      reader.socket.resume();
    }
  }

  #regulateWriter(channel: Channel): void {
    const writer = this.#writers.get(channel);
    if (writer === undefined) return;
    const isFull = channel.buffer.length >= channel.messagesMax || channel.bufferedBytes >= channelBytesMax;
    if (isFull && !writer.isPaused) writer.pause();
    else if (!isFull && writer.isPaused) writer.resume();
  }

  #loseReader(channel: Channel): void {
    if (!this.#readers.delete(channel)) return;
    this.#table.discard(channel);
    this.#table.enter(channel, channel.phase === 'writer-ended' ? 'over' : 'reader-gone');
    this.#regulateWriter(channel);
  }

  #loseWriter(channel: Channel): void {
    this.#writers.delete(channel);
    if (channel.phase === 'over') return;
    this.#table.enter(channel, channel.phase === 'reader-gone' ? 'over' : 'writer-ended');
    this.#pump(channel);
  }
}

function bytesOf(data: RawData): Buffer {
  if (Array.isArray(data)) return Buffer.concat(data);
  return Buffer.isBuffer(data) ? data : Buffer.from(data);
}
