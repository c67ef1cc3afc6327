/**
 * Watches the headers of WebSocket frames in a peer's bytes: the real engine limits each frame, while the library limits
 * messages, which may have many frames. It decodes nothing else and holds no payload.
 */

/** The real engine drops a connection at a frame above 16 MiB, */
export const frameBytesMax = 16 * 1024 * 1024;
/** and at a message of several frames above 64. */
export const messageBytesMax = 64 * 1024 * 1024;

const shortLengthMax = 125;
const maskBytes = 4;

export class FrameLimit {
  readonly #header: number[] = [];
  #payloadLeft = 0;

  /** @param chunk the next bytes of the connection. @returns whether a frame in it is too large. */
  isExceededBy(chunk: Uint8Array): boolean {
    let at = 0;
    while (at < chunk.length) {
      if (this.#payloadLeft > 0) {
        const skipped = Math.min(this.#payloadLeft, chunk.length - at);
        this.#payloadLeft -= skipped;
        at += skipped;
      } else {
        this.#header.push(chunk[at] ?? 0);
        at += 1;
        if (this.#endHeader()) return true;
      }
    }
    return false;
  }

  /** Takes the header where it is complete. @returns whether its frame is too large. */
  #endHeader(): boolean {
    const second = this.#header[1];
    if (second === undefined) return false;
    const short = second & 0x7f;
    const lengthBytes = short <= shortLengthMax ? 0 : short === shortLengthMax + 1 ? 2 : 8;
    const isMasked = second >= 0x80;
    if (this.#header.length < 2 + lengthBytes + (isMasked ? maskBytes : 0)) return false;
    const length = this.#header.slice(2, 2 + lengthBytes).reduce((sum, byte) => sum * 256 + byte, 0);
    this.#payloadLeft = lengthBytes === 0 ? short : length;
    this.#header.length = 0;
    return this.#payloadLeft > frameBytesMax;
  }
}
