/** Writes zip files for tests, independently of the code that reads them. */

import { crc32, deflateRawSync } from 'node:zlib';

export interface ZipMemberSource {
  readonly path: string;
  readonly content: Uint8Array;
  readonly isStored?: boolean;
  /** What the directory is to say instead of the truth. */
  readonly claims?: {
    readonly bytes?: number;
    readonly crc32?: number;
    readonly flags?: number;
    readonly method?: number;
  };
}

export function writeZip(members: readonly ZipMemberSource[], comment = ''): Buffer {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let position = 0;
  for (const { path, content, isStored = false, claims = {} } of members) {
    const name = Buffer.from(path);
    const packed = isStored ? Buffer.from(content) : deflateRawSync(content);
    const fields = Buffer.alloc(26);
    fields.writeUInt16LE(20, 0);
    fields.writeUInt16LE(claims.flags ?? 0, 2);
    fields.writeUInt16LE(claims.method ?? (isStored ? 0 : 8), 4);
    fields.writeUInt32LE(claims.crc32 ?? crc32(content), 10);
    fields.writeUInt32LE(packed.length, 14);
    fields.writeUInt32LE(claims.bytes ?? content.length, 18);
    fields.writeUInt16LE(name.length, 22);
    // An extra field in the local header alone, as many writers put there: the two may differ in length.
    const extra = Buffer.from([0x55, 0x54, 1, 0, 0]);
    const local = Buffer.concat([Buffer.from('PK\x03\x04', 'latin1'), fields, name, extra, packed]);
    local.writeUInt16LE(extra.length, 28);
    parts.push(local);
    const tail = Buffer.alloc(14);
    tail.writeUInt32LE(position, 10);
    directory.push(Buffer.concat([Buffer.from('PK\x01\x02\x14\x00', 'latin1'), fields, tail, name]));
    position += local.length;
  }
  const entries = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 'latin1');
  end.writeUInt16LE(members.length, 8);
  end.writeUInt16LE(members.length, 10);
  end.writeUInt32LE(entries.length, 12);
  end.writeUInt32LE(position, 16);
  end.writeUInt16LE(comment.length, 20);
  return Buffer.concat([...parts, entries, end, Buffer.from(comment, 'latin1')]);
}
