/**
 * Frames on their way to one peer. At most `framesInFlight` are with the socket; the rest wait here, so that a stalled
 * peer holds up the calls to it and nobody else. A peer that lets too much pile up is cut.
 */
import type { WebSocket } from 'ws';

const framesInFlight = 64;
const waitingFramesMax = 8192;
const waitingBytesMax = 256 * 1024 * 1024;

interface WaitingFrame {
  readonly text: string;
  readonly callId: string | undefined;
}

export class Outbox {
  readonly #socket: WebSocket;
  readonly #waiting: WaitingFrame[] = [];
  #waitingBytes = 0;
  #inFlight = 0;

  constructor(socket: WebSocket) {
    this.#socket = socket;
  }

  send(text: string, callId?: string): void {
    if (this.#socket.readyState !== this.#socket.OPEN) return;
    if (this.#inFlight < framesInFlight) {
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

  #hand(text: string): void {
    this.#inFlight += 1;
    this.#socket.send(text, () => {
      this.#inFlight -= 1;
      const next = this.#waiting.shift();
      if (next === undefined) return;
      this.#waitingBytes -= next.text.length;
      if (this.#socket.readyState === this.#socket.OPEN) this.#hand(next.text);
    });
  }
}
