/** The zip reader, on files of our own writer, on one that Python's zipfile made, and on damaged ones. */

import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { extractZipMember } from '../../../../src/worker/model-files/runtime/extract-zip-member.ts';
import { missing } from '../../../require.ts';
import { scratchDir } from '../scratch-dir.ts';
import { noise, rejection } from './workshop.ts';
import { writeZip } from './write-zip.ts';

const content = Buffer.concat([noise(100_000), Buffer.alloc(100_000)]);
const others = [
  { path: 'a/first', content: Buffer.from('first') },
  { path: 'a/last', content: noise(500, 2) },
];
const signal = new AbortController().signal;

async function extract(file: string, member: string): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  await extractZipMember(file, { member, signal, onChunk: async (chunk) => void chunks.push(chunk) });
  return Buffer.concat(chunks);
}

function written(bytes: Uint8Array): string {
  const file = join(scratchDir(), 'some.zip');
  writeFileSync(file, bytes);
  return file;
}

test.each([
  ['deflated', false, ''],
  ['stored', true, ''],
  [
    'deflated, behind a comment that holds a false end record',
    false,
    `PK\x05\x06${'\0'.repeat(18)} and more`,
  ],
])('reads a member that is %s', async (_, isStored, comment) => {
  const file = written(writeZip([...others, { path: 'a/wanted', content, isStored }], comment));
  expect((await extract(file, 'a/wanted')).equals(content)).toBe(true);
});

test('reads what another writer has made', async (context) => {
  const file = join(scratchDir(), 'python.zip');
  const script =
    'import sys, zipfile\nwith zipfile.ZipFile(sys.argv[1], "w", zipfile.ZIP_DEFLATED) as z:\n z.writestr("a/b", "drydock" * 9999)';
  try {
    execFileSync('python3', ['-c', script, file]);
  } catch {
    missing(context, 'python3: apt-get install python3');
  }
  expect((await extract(file, 'a/b')).toString()).toBe('drydock'.repeat(9999));
});

const claiming = (claims: object) => writeZip([...others, { path: 'a/wanted', content, claims }]);
const sound = claiming({});

test.each<[string, Buffer, string]>([
  ['is no zip', noise(5000), 'it is no zip file, or not whole'],
  ['is empty', Buffer.alloc(0), 'it is no zip file, or not whole'],
  ['is cut off', sound.subarray(0, 50_000), 'it is no zip file, or not whole'],
  ['lacks its beginning', sound.subarray(1000), 'its directory lies behind its end'],
  ['lacks the member', writeZip(others), 'it has no a/wanted'],
  [
    'has an empty member',
    writeZip([{ path: 'a/wanted', content: Buffer.alloc(0), isStored: true }]),
    'a/wanted is empty',
  ],
  ['has another checksum', claiming({ crc32: 1 }), 'a/wanted is damaged'],
  ['says too few bytes', claiming({ bytes: 1000 }), 'a/wanted is larger than it says'],
  ['says too many bytes', claiming({ bytes: 1_000_000 }), 'a/wanted is damaged'],
  ['is encrypted', claiming({ flags: 1 }), 'its member is encrypted'],
  ['is packed otherwise', claiming({ method: 93 }), 'its member is packed by method 93'],
  ['is zip64', claiming({ bytes: 0xffffffff }), 'its member is zip64'],
  ['is spoilt inside', spoilt(sound, 60_000), 'a/wanted cannot be unpacked|a/wanted is damaged'],
  [
    'is spoilt in its directory',
    spoilt(sound, sound.length - 150),
    'its directory is damaged|it has no a/wanted',
  ],
])('refuses a file that %s', async (_, bytes, reason) => {
  const error = await rejection(extract(written(bytes), 'a/wanted'));
  expect(error.name).toBe('ZipFault');
  expect(error.message).toMatch(new RegExp(`^(${reason})$`));
});

test('passes on what its reader throws', async () => {
  const onChunk = () => Promise.reject(new Error('no room'));
  const options = { member: 'a/wanted', signal, onChunk };
  await expect(extractZipMember(written(sound), options)).rejects.toThrow('no room');
});

function spoilt(bytes: Buffer, at: number): Buffer {
  const copy = Buffer.from(bytes);
  copy.fill(0xff, at, at + 60);
  return copy;
}
