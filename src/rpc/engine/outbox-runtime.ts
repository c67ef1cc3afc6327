/**
 * Frames on their way to one peer. At most `framesInFlight` are with a socket that takes none; the rest wait here, so that
 * a stalled peer holds up the calls to it and nobody else. A peer that lets too much pile up is cut.
 */
import type { Socket } from 'node:net';
import type { WebSocket } from 'ws';
import { FrameWriter } from './frame-writer-runtime.ts';

/** The size of the real engine's queue for a connection. */
const framesInFlight = 64;
const waitingFramesMax = 8192;
const waitingBytesMax = 256 * 1024 * 1024;

interface WaitingFrame {
  readonly text: string;
  readonly callId: string | undefined;
}

export class Outbox {
  readonly #socket: WebSocket;
  readonly #writer: FrameWriter;
  readonly #waiting: WaitingFrame[] = [];
  #waitingBytes = 0;
  /** Handed over since the system had taken everything. */
  #inFlight = 0;

  constructor(socket: WebSocket, tcp: Socket) {
    this.#socket = socket;
    this.#writer = new FrameWriter(tcp);
  }

  send(text: string, callId?: string): void {
    if (this.#socket.readyState !== this.#socket.OPEN) return;
    if (this.#waiting.length === 0 && this.#hasRoom()) {
      this.#hand(text);
      return;
    }
    this.#waiting.push({ text, callId });
    this.#waitingBytes += text.length;
    if (this.#waiting.length > waitingFramesMax || this.#waitingBytes > waitingBytesMax) {
      this.#socket.terminate();
    }
  }

  /** Ends the connection behind what is with the socket; what waits is dropped. */
  close(): void {
    this.#waiting.length = 0;
    this.#waitingBytes = 0;
    this.#socket.close();
  }

  unsentCalls(): ReadonlySet<string> {
    return new Set(this.#waiting.flatMap(({ callId }) => (callId === undefined ? [] : [callId])));
  }

  #hasRoom(): boolean {
    if (this.#writer.waitingBytes === 0) this.#inFlight = 0;
    return this.#inFlight < framesInFlight;
  }

  #hand(text: string): void {
    this.#inFlight += 1;
    if (this.#inFlight < framesInFlight) this.#writer.writeText(text);
    else this.#writer.writeText(text, () => this.#proceed());
  }

  #proceed(): void {
    while (this.#socket.readyState === this.#socket.OPEN && this.#hasRoom()) {
      const next = this.#waiting.shift();
      if (next === undefined) return;
      this.#waitingBytes -= next.text.length;
      this.#hand(next.text);
    }
  }
}
