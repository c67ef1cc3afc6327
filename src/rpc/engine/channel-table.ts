/**
 * Channels by id, from `engine::channels::create` until they are forgotten. Pure: the ends are plain objects that
 * `channel-runtime.ts` fills. As in iii, one that an end has not joined is forgotten after five minutes. The real engine
 * forgets no other; here the oldest that has ended makes room for a new one.
 */
import { randomBytes, randomUUID, timingSafeEqual } from 'node:crypto';

export interface ChannelMessage {
  readonly bytes: Buffer;
  readonly isBinary: boolean;
}

export type ChannelPhase = 'open' | 'writer-ended' | 'reader-gone' | 'over';

export interface Channel {
  readonly id: string;
  readonly accessKey: string;
  readonly messagesMax: number;
  readonly createdAtMs: number;
  readonly buffer: ChannelMessage[];
  bufferedBytes: number;
  /** Changed through the table alone. */
  readonly phase: ChannelPhase;
  hasReader: boolean;
  hasWriter: boolean;
}

interface OwnChannel extends Channel {
  phase: ChannelPhase;
}

const defaultMessages = 64;
const messagesMax = 1024;
const unjoinedMsMax = 300_000;

export class ChannelTable {
  readonly #channels = new Map<string, OwnChannel>();
  /** Those that are over, in the order in which they ended. */
  readonly #over = new Set<string>();
  readonly #now: () => number;
  readonly #channelsMax: number;
  #bufferedBytes = 0;
  #onForgotten: (channel: Channel) => void = () => {};

  constructor(options: { readonly now: () => number; readonly channelsMax: number }) {
    this.#now = options.now;
    this.#channelsMax = options.channelsMax;
  }

  /** Of all channels together. */
  get bufferedBytes(): number {
    return this.#bufferedBytes;
  }

  /** Those that are not over. */
  get openCount(): number {
    return this.#channels.size - this.#over.size;
  }

  /** @returns undefined when every channel in the table is in use. */
  create(bufferMessages: number | undefined): Channel | undefined {
    if (this.#channels.size >= this.#channelsMax && !this.#forgetOne()) return undefined;
    const channel: OwnChannel = {
      id: randomUUID(),
      accessKey: randomBytes(32).toString('hex'),
      messagesMax: Math.min(Math.max(bufferMessages ?? defaultMessages, 1), messagesMax),
      createdAtMs: this.#now(),
      buffer: [],
      bufferedBytes: 0,
      phase: 'open',
      hasReader: false,
      hasWriter: false,
    };
    this.#channels.set(channel.id, channel);
    return channel;
  }

  find(id: string, accessKey: string): Channel | undefined {
    const channel = this.#channels.get(id);
    return channel !== undefined && isSameText(channel.accessKey, accessKey) ? channel : undefined;
  }

  push(channel: Channel, message: ChannelMessage): void {
    channel.buffer.push(message);
    channel.bufferedBytes += message.bytes.length;
    this.#bufferedBytes += message.bytes.length;
  }

  shift(channel: Channel): ChannelMessage | undefined {
    const message = channel.buffer.shift();
    channel.bufferedBytes -= message?.bytes.length ?? 0;
    this.#bufferedBytes -= message?.bytes.length ?? 0;
    return message;
  }

  discard(channel: Channel): void {
    this.#bufferedBytes -= channel.bufferedBytes;
    channel.bufferedBytes = 0;
    channel.buffer.length = 0;
  }

  enter(channel: Channel, phase: Exclude<ChannelPhase, 'open'>): void {
    const own = this.#channels.get(channel.id);
    if (own !== channel) return;
    own.phase = phase;
    if (phase === 'over') this.#over.add(own.id);
  }

  /** @param listener told of channels that were forgotten before they were over. */
  onForgotten(listener: (channel: Channel) => void): void {
    this.#onForgotten = listener;
  }

  /** Forgets what an end has not joined for five minutes. */
  sweep(): void {
    for (let stale = this.#staleOne(); stale !== undefined; stale = this.#staleOne()) this.#forget(stale);
  }

  #forgetOne(): boolean {
    const [oldestOver] = this.#over;
    const forgotten = this.#channels.get(oldestOver ?? '') ?? this.#staleOne();
    if (forgotten === undefined) return false;
    this.#forget(forgotten);
    return true;
  }

  #forget(channel: OwnChannel): void {
    const isEnded = this.#over.delete(channel.id);
    this.#channels.delete(channel.id);
    this.discard(channel);
    channel.phase = 'over';
    if (!isEnded) this.#onForgotten(channel);
  }

  #staleOne(): OwnChannel | undefined {
    const staleBefore = this.#now() - unjoinedMsMax;
    for (const channel of this.#channels.values()) {
      // They stand in the order of their creation.
      if (channel.createdAtMs >= staleBefore) return undefined;
      if (!(channel.hasReader && channel.hasWriter)) return channel;
    }
    return undefined;
  }
}

function isSameText(left: string, right: string): boolean {
  const [a, b] = [Buffer.from(left), Buffer.from(right)];
  return a.length === b.length && timingSafeEqual(a, b);
}
