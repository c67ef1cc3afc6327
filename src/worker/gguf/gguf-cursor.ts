/**
 * Reads little-endian values from the first bytes of a file, and never past them. What lies beyond the
 * file's end is an error of the file; what lies beyond the bytes at hand only means that more must be read.
 */

import { modelFileInvalid } from './model-file-error.ts';

/** Not a fault: the header goes on after the bytes at hand. */
export class HeaderIncomplete extends Error {}

export interface HeaderSource {
  /** Named in errors. */
  readonly file: string;
  /** The file from its first byte on, perhaps not to its end. */
  readonly bytes: Buffer;
  readonly fileBytes: number;
}

export class GgufCursor {
  position = 0;
  readonly source: HeaderSource;

  constructor(source: HeaderSource, position = 0) {
    this.source = source;
    this.position = position;
  }

  /** Makes sure that `count` more bytes are at hand. */
  need(count: number, what: string): void {
    const { bytes, fileBytes } = this.source;
    if (count > fileBytes - this.position) {
      throw this.invalid(`it ends inside ${what}, at byte ${fileBytes}`);
    }
    if (count > bytes.length - this.position) throw new HeaderIncomplete();
  }

  skip(count: number, what: string): void {
    this.need(count, what);
    this.position += count;
  }

  u32(what: string): number {
    this.need(4, what);
    const value = this.source.bytes.readUInt32LE(this.position);
    this.position += 4;
    return value;
  }

  /** A count or a size. Beyond 2^53 it is rounded, which does not matter: the caller's bounds are far below. */
  u64(what: string): number {
    this.need(8, what);
    const value = Number(this.source.bytes.readBigUInt64LE(this.position));
    this.position += 8;
    return value;
  }

  string(what: string, bytesMax: number): string {
    const length = this.stringLength(what, bytesMax);
    const text = this.source.bytes.toString('utf8', this.position, this.position + length);
    this.position += length;
    return text;
  }

  skipString(what: string, bytesMax: number): void {
    const length = this.stringLength(what, bytesMax);
    this.position += length;
  }

  invalid(what: string): Error {
    return modelFileInvalid(this.source.file, what);
  }

  private stringLength(what: string, bytesMax: number): number {
    const length = this.u64(`the length of ${what}`);
    if (length > bytesMax) throw this.invalid(`${what} claims ${length} bytes, more than ${bytesMax}`);
    this.need(length, what);
    return length;
  }
}
