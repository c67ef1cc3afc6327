/**
 * Writes WebSocket frames to a peer: each as one piece of memory and one system call, where the library takes two. It goes
 * past the library's own sender, which is in order as long as that compresses nothing, and never masks.
 */
import type { Socket } from 'node:net';

const finalText = 0x81;
const finalBinary = 0x82;
const shortLengthMax = 125;
const mediumLengthMax = 0xffff;

export class FrameWriter {
  readonly #socket: Socket;

  constructor(socket: Socket) {
    this.#socket = socket;
  }

  /** Bytes that the system has not taken yet. */
  get waitingBytes(): number {
    return this.#socket.writableLength;
  }

  /** @param whenTaken called when the system has this frame and all before it, or the connection has ended. */
  writeText(text: string, whenTaken?: () => void): void {
    const length = Buffer.byteLength(text);
    const frame = frameOf(finalText, length);
    frame.write(text, frame.length - length);
    this.#socket.write(frame, whenTaken);
  }

  write(bytes: Uint8Array, isBinary: boolean): void {
    const frame = frameOf(isBinary ? finalBinary : finalText, bytes.length);
    frame.set(bytes, frame.length - bytes.length);
    this.#socket.write(frame);
  }
}

/** @returns the header, and room for the payload behind it. */
function frameOf(firstByte: number, length: number): Buffer {
  const headerBytes = length <= shortLengthMax ? 2 : length <= mediumLengthMax ? 4 : 10;
  const frame = Buffer.allocUnsafe(headerBytes + length);
  frame[0] = firstByte;
  if (headerBytes === 2) {
    frame[1] = length;
  } else if (headerBytes === 4) {
    frame[1] = 126;
    frame.writeUInt16BE(length, 2);
  } else {
    frame[1] = 127;
    frame.writeUInt32BE(0, 2);
    frame.writeUInt32BE(length, 6);
  }
  return frame;
}
