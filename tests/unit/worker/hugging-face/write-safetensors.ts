/** Writes safetensors files for tests, independently of the code that reads them. */

import { readFileSync } from 'node:fs';

export interface SafetensorsPart {
  readonly name: string;
  readonly dtype: string;
  /** Outermost first. */
  readonly shape: readonly number[];
  readonly bytes: Uint8Array;
}

export function writeSafetensors(parts: readonly SafetensorsPart[]): Buffer {
  const header: Record<string, unknown> = { __metadata__: { format: 'pt' } };
  let at = 0;
  for (const { name, dtype, shape, bytes } of parts) {
    header[name] = { dtype, shape, data_offsets: [at, at + bytes.length] };
    at += bytes.length;
  }
  return withHeader(JSON.stringify(header), Buffer.concat(parts.map(({ bytes }) => bytes)));
}

/** A file of this very header. */
export function withHeader(header: string, body: Uint8Array = new Uint8Array()): Buffer {
  const text = Buffer.from(header);
  const prefix = Buffer.alloc(8);
  prefix.writeBigUInt64LE(BigInt(text.length));
  return Buffer.concat([prefix, text, body]);
}

/** The parts of a file that another library wrote. */
export function readParts(path: string): SafetensorsPart[] {
  const bytes = readFileSync(path);
  const start = 8 + Number(bytes.readBigUInt64LE(0));
  const header: Record<string, { dtype: string; shape: number[]; data_offsets: [number, number] }> =
    JSON.parse(bytes.toString('utf8', 8, start));
  return Object.entries(header)
    .filter(([name]) => name !== '__metadata__')
    .map(
      ([
        name,
        {
          dtype,
          shape,
          data_offsets: [from, to],
        },
      ]) => ({
        ...{ name, dtype, shape },
        bytes: bytes.subarray(start + from, start + to),
      }),
    );
}
