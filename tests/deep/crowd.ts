/** Many clients of one port that behave badly together, and the pace at which they do. */

import { connect, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

export class Crowd implements Disposable {
  readonly #sockets: Socket[] = [];
  readonly #port: number;

  constructor({ port }: { readonly port: number }) {
    this.#port = port;
  }

  /** Opens connections, some hundred at a time, each of which begins with the text. */
  async join(count: number, text = ''): Promise<void> {
    for (let opened = 0; opened < count; opened += 250) {
      const some = Array.from({ length: Math.min(250, count - opened) }, () => this.#open(text));
      await Promise.all(some);
    }
  }

  /** Whoever is still connected sends that. */
  say(text: string): void {
    for (const socket of this.#sockets) if (!socket.destroyed) socket.write(text);
  }

  /** How many of them are still connected. */
  get held(): number {
    return this.#sockets.filter((socket) => !socket.destroyed && !socket.readableEnded).length;
  }

  #open(text: string): Promise<void> {
    return new Promise((resolve) => {
      const socket = connect(this.#port, '127.0.0.1', () => {
        if (text !== '') socket.write(text);
        resolve();
      });
      // A reset is one way to be shed.
      socket.on('error', () => resolve());
      socket.resume();
      this.#sockets.push(socket);
    });
  }

  [Symbol.dispose](): void {
    for (const socket of this.#sockets) socket.destroy();
  }
}

/** For peers that are slow on purpose. */
export async function everySecond(seconds: number, step: (second: number) => Promise<void>): Promise<void> {
  for (let second = 0; second < seconds; second += 1) {
    await step(second);
    await delay(1000);
  }
}
