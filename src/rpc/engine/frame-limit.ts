/**
 * Watches the headers of WebSocket frames in a peer's bytes: the real engine limits each frame, while the library limits
 * messages, which may have many frames. It decodes nothing else and holds no payload.
 */

/** The real engine drops a connection at a frame above 16 MiB, */
export const frameBytesMax = 16 * 1024 * 1024;
/** and at a message of several frames above 64. */
export const messageBytesMax = 64 * 1024 * 1024;

const headerBytesMax = 14;
const shortLengthMax = 125;
const maskBytes = 4;

export class FrameLimit {
  /** The beginning of a header that is not whole yet. */
  readonly #header = new Uint8Array(headerBytesMax);
  #headerBytes = 0;
  #payloadLeft = 0;

  /** @param chunk the next bytes of the connection. @returns whether a frame in it is too large. */
  isExceededBy(chunk: Uint8Array): boolean {
    let at = 0;
    while (at < chunk.length) {
      const skipped = Math.min(this.#payloadLeft, chunk.length - at);
      this.#payloadLeft -= skipped;
      at += skipped;
      while (at < chunk.length && this.#payloadLeft === 0) {
        this.#header[this.#headerBytes] = chunk[at] ?? 0;
        this.#headerBytes += 1;
        at += 1;
        if (this.#headerBytes === headerSize(this.#header, this.#headerBytes)) {
          this.#payloadLeft = payloadSize(this.#header);
          this.#headerBytes = 0;
          if (this.#payloadLeft > frameBytesMax) return true;
        }
      }
    }
    return false;
  }
}

/** Unknown, and so never reached, until the second byte is there. */
function headerSize(header: Uint8Array, read: number): number {
  const second = header[1] ?? 0;
  if (read < 2) return headerBytesMax;
  return 2 + lengthBytesOf(second & 0x7f) + (second >= 0x80 ? maskBytes : 0);
}

function payloadSize(header: Uint8Array): number {
  const short = (header[1] ?? 0) & 0x7f;
  const lengthBytes = lengthBytesOf(short);
  if (lengthBytes === 0) return short;
  let size = 0;
  for (let at = 2; at < 2 + lengthBytes; at += 1) size = size * 256 + (header[at] ?? 0);
  return size;
}

function lengthBytesOf(short: number): number {
  if (short <= shortLengthMax) return 0;
  return short === shortLengthMax + 1 ? 2 : 8;
}
