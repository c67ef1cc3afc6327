/**
 * Asks one HTTP/1.1 server of this machine over connections that stay open, as the engine's do: what a general HTTP client costs is
 * not the gateway's. For answers in chunks (RFC 9112 §7.1) alone.
 */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

export interface KeptConnections {
  /** Leaving the iteration before its end, or an abort, closes the connection. @throws where the answer is not 200, or breaks off. */
  post(body: string, signal: AbortSignal): AsyncGenerator<string, void, undefined>;
}

export function keptConnections(url: URL): KeptConnections {
  const idle: Socket[] = [];
  const head = `POST ${url.pathname} HTTP/1.1\r\nHost: ${url.host}\r\nContent-Type: application/json\r\nContent-Length: `;

  async function open(): Promise<Socket> {
    const socket = connect({ port: Number(url.port), host: url.hostname, noDelay: true });
    await once(socket, 'connect');
    socket.on('error', () => {});
    socket.on('close', () => {
      const at = idle.indexOf(socket);
      if (at >= 0) idle.splice(at, 1);
    });
    return socket;
  }

  return {
    async *post(body, signal) {
      const socket = idle.pop() ?? (await open());
      const answer = new ChunkedAnswer();
      let wake = () => {};
      const onData = (bytes: Buffer) => {
        answer.take(bytes);
        wake();
      };
      const end = () => {
        socket.destroy();
        wake();
      };
      const onClose = () => wake();
      socket.on('data', onData);
      socket.on('close', onClose);
      signal.addEventListener('abort', end);
      if (signal.aborted) end();
      try {
        socket.write(`${head}${Buffer.byteLength(body)}\r\n\r\n${body}`);
        for (;;) {
          const text = answer.read();
          if (text !== '') yield text;
          else if (answer.isWhole) return;
          else if (socket.destroyed) throw new Error('the upstream broke off its answer');
          else
            await new Promise<void>((resolve) => {
              wake = resolve;
            });
        }
      } finally {
        signal.removeEventListener('abort', end);
        socket.off('data', onData);
        socket.off('close', onClose);
        if (answer.isWhole && !socket.destroyed) idle.push(socket);
        else socket.destroy();
      }
    },
  };
}

/** Takes the bytes of one response apart. */
class ChunkedAnswer {
  readonly #decoder = new TextDecoder();
  #bytes: Buffer = Buffer.alloc(0);
  #hasHead = false;
  #isWhole = false;

  get isWhole(): boolean {
    return this.#isWhole;
  }

  take(bytes: Buffer): void {
    this.#bytes = this.#bytes.length === 0 ? bytes : Buffer.concat([this.#bytes, bytes]);
  }

  /** @returns what came of the content since it was last asked. @throws where the answer is another. */
  read(): string {
    if (!this.#hasHead) this.#readHead();
    return this.#hasHead ? this.#readChunks() : '';
  }

  #readHead(): void {
    const end = this.#bytes.indexOf('\r\n\r\n');
    if (end < 0) return;
    const head = this.#bytes.toString('latin1', 0, end);
    if (!/^HTTP\/1\.1 200 .*\r\ntransfer-encoding: chunked/is.test(head))
      throw new Error(`the upstream did not answer 200 in chunks: ${head.slice(0, 200)}`);
    this.#hasHead = true;
    this.#bytes = this.#bytes.subarray(end + 4);
  }

  #readChunks(): string {
    let text = '';
    for (;;) {
      const sizeEnd = this.#bytes.indexOf('\r\n');
      if (sizeEnd < 0) return text;
      const size = Number.parseInt(this.#bytes.toString('latin1', 0, sizeEnd), 16);
      const start = sizeEnd + 2;
      // Behind the last chunk, which has no bytes, stands an empty line as behind all others.
      if (this.#bytes.length < start + size + 2) return text;
      if (size === 0) this.#isWhole = true;
      else text += this.#decoder.decode(this.#bytes.subarray(start, start + size), { stream: true });
      this.#bytes = this.#bytes.subarray(start + size + 2);
    }
  }
}
