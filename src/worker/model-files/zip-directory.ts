/**
 * Finds one member in the central directory of a zip file (PKWARE APPNOTE 6.3.10). Takes what wheels are made of: one
 * disk, no encryption, stored or deflated; zip64 and everything else is refused by name. Pure.
 */

export interface ZipDirectory {
  readonly position: number;
  readonly bytes: number;
}

export interface ZipMember {
  readonly isDeflated: boolean;
  readonly compressedBytes: number;
  readonly bytes: number;
  readonly crc32: number;
  readonly headerPosition: number;
}

/** The end record has 22 bytes and a comment of 65,535 at most. */
export const zipTailBytesMax = 22 + 65_535;
export const localHeaderBytes = 30;

const endSignature = 0x06054b50;
const entrySignature = 0x02014b50;
const localSignature = 0x04034b50;
const zip64Mark = 0xffffffff;

/** What is wrong with a zip file. */
export class ZipFault extends Error {
  override readonly name = 'ZipFault';
}

/** @param tail the file's last bytes, `zipTailBytesMax` of them where it has so many. */
export function findZipDirectory(tail: Buffer, fileBytes: number): ZipDirectory {
  for (let at = tail.length - 22; at >= 0; at--) {
    if (tail.readUInt32LE(at) !== endSignature) continue;
    // A comment may hold the signature as well: the right record is the one that ends with the file.
    if (at + 22 + tail.readUInt16LE(at + 20) !== tail.length) continue;
    const bytes = tail.readUInt32LE(at + 12);
    const position = tail.readUInt32LE(at + 16);
    if (position === zip64Mark || bytes === zip64Mark) throw new ZipFault('it is zip64');
    if (position + bytes > fileBytes) throw new ZipFault('its directory lies behind its end');
    return { position, bytes };
  }
  throw new ZipFault('it is no zip file, or not whole');
}

/** @param directory all bytes of the central directory. */
export function findZipMember(directory: Buffer, path: string): ZipMember {
  let at = 0;
  while (at + 46 <= directory.length) {
    if (directory.readUInt32LE(at) !== entrySignature) throw new ZipFault('its directory is damaged');
    const nameBytes = directory.readUInt16LE(at + 28);
    const next = at + 46 + nameBytes + directory.readUInt16LE(at + 30) + directory.readUInt16LE(at + 32);
    if (directory.toString('utf8', at + 46, at + 46 + nameBytes) === path) return parseEntry(directory, at);
    at = next;
  }
  throw new ZipFault(`it has no ${path}`);
}

/** @returns how far behind the start of a local header the member's bytes begin. */
export function dataOffset(localHeader: Buffer): number {
  if (localHeader.length < localHeaderBytes || localHeader.readUInt32LE(0) !== localSignature) {
    throw new ZipFault('a member does not begin where the directory says');
  }
  return localHeaderBytes + localHeader.readUInt16LE(26) + localHeader.readUInt16LE(28);
}

function parseEntry(directory: Buffer, at: number): ZipMember {
  const flags = directory.readUInt16LE(at + 8);
  const method = directory.readUInt16LE(at + 10);
  const compressedBytes = directory.readUInt32LE(at + 20);
  const bytes = directory.readUInt32LE(at + 24);
  if ((flags & 1) !== 0) throw new ZipFault('its member is encrypted');
  if (method !== 0 && method !== 8) throw new ZipFault(`its member is packed by method ${method}`);
  if (compressedBytes === zip64Mark || bytes === zip64Mark) throw new ZipFault('its member is zip64');
  return {
    isDeflated: method === 8,
    compressedBytes,
    bytes,
    crc32: directory.readUInt32LE(at + 16),
    headerPosition: directory.readUInt32LE(at + 42),
  };
}
