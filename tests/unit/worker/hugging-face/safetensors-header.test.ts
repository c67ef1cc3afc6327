/** Which safetensors headers are let through, and in which words the others are refused. */

import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isDrydockError } from '../../../../src/rpc/errors.ts';
import {
  headerBytes,
  parseSafetensorsHeader,
  type SafetensorsTensor,
} from '../../../../src/worker/hugging-face/safetensors-header.ts';
import { inDepth } from '../../../in-depth.ts';
import { fixtureFile } from '../references.ts';
import { thrown } from '../thrown.ts';
import { withHeader, writeSafetensors } from './write-safetensors.ts';

const file = 'm.safetensors';

/** As a file of these bytes is read. */
function parse(bytes: Buffer): ReadonlyMap<string, SafetensorsTensor> {
  const fileBytes = bytes.length;
  const length = headerBytes(Buffer.concat([bytes.subarray(0, 8), Buffer.alloc(8)]), { file, fileBytes });
  return parseSafetensorsHeader({ file, fileBytes, header: bytes.subarray(8, 8 + length) });
}

const zeros = (count: number) => new Uint8Array(count);
const entry = (dtype: string, shape: readonly number[], offsets: readonly unknown[]) =>
  JSON.stringify({ dtype, shape, data_offsets: offsets });

test('finds every tensor of a file that another library wrote', () => {
  const tensors = parse(readFileSync(fixtureFile('model.safetensors')));
  expect(tensors.size).toBe(80);
  expect(tensors.get('model.layers.0.mlp.down_proj.weight')).toEqual({
    name: 'model.layers.0.mlp.down_proj.weight',
    dtype: 'F32',
    shape: [32, 64],
    elements: 2048,
    offset: 8 + 8280 + 65_664,
    bytes: 8192,
  });
});

test('takes scalars, empty tensors, padding after the header, and any order of entries', () => {
  const header = `{"b":${entry('F16', [2, 1], [4, 8])},"e":${entry('U8', [0, 9], [4, 4])},"a":${entry('I32', [], [0, 4])}}   `;
  const tensors = parse(withHeader(header, zeros(8)));
  expect([...tensors.values()].map(({ name, elements, offset }) => [name, elements, offset])).toEqual([
    ['b', 2, 8 + header.length + 4],
    ['e', 0, 8 + header.length + 4],
    ['a', 1, 8 + header.length],
  ]);
});

test.each<{ what: string; bytes: Buffer; reason: string }>([
  { what: 'nothing', bytes: Buffer.alloc(0), reason: 'it ends inside its first eight bytes' },
  { what: 'a few bytes', bytes: Buffer.alloc(7), reason: 'it ends inside its first eight bytes' },
  {
    what: 'a header beyond the end',
    bytes: withHeader('{}').subarray(0, 9),
    reason: 'it ends inside its header, at byte 9',
  },
  {
    what: 'an absurd header',
    bytes: Buffer.alloc(64, 0xff),
    reason: 'its header claims 18446744073709552000 bytes, more than',
  },
  { what: 'what is no JSON', bytes: withHeader('GGUF'), reason: 'its header is not JSON' },
  {
    what: 'what is no text',
    bytes: Buffer.concat([withHeader('  ').subarray(0, 8), Buffer.of(0x7b, 0xff)]),
    reason: 'its header is not JSON',
  },
  { what: 'an array', bytes: withHeader('[]'), reason: 'its header is no JSON object' },
  { what: 'null', bytes: withHeader('null'), reason: 'its header is no JSON object' },
  {
    what: 'a tensor twice',
    bytes: withHeader(`{"a":${entry('U8', [1], [0, 1])},"a":${entry('U8', [1], [0, 1])}}`, zeros(1)),
    reason: 'its header has "a" twice',
  },
  {
    what: 'a shape twice',
    bytes: withHeader('{"a":{"dtype":"U8","shape":[9],"shape":[1],"data_offsets":[0,1]}}', zeros(1)),
    reason: 'its header has "shape" twice',
  },
  {
    what: 'a tensor without a shape',
    bytes: withHeader('{"a":{"dtype":"U8","data_offsets":[0,1]}}', zeros(1)),
    reason: 'tensor "a": shape',
  },
  {
    what: 'a negative length',
    bytes: withHeader(`{"a":${entry('U8', [-1, -1], [0, 1])}}`, zeros(1)),
    reason: 'tensor "a": shape.0',
  },
  {
    what: 'nine dimensions',
    bytes: withHeader(`{"a":${entry('U8', [1, 1, 1, 1, 1, 1, 1, 1, 1], [0, 1])}}`, zeros(1)),
    reason: 'tensor "a": shape',
  },
  {
    what: 'half an offset',
    bytes: withHeader(`{"a":${entry('U8', [1], [0, 0.5])}}`, zeros(1)),
    reason: 'tensor "a": data_offsets.1',
  },
  {
    what: 'an offset beyond whole numbers',
    bytes: withHeader(`{"a":${entry('U8', [1], [0, 2 ** 60])}}`, zeros(1)),
    reason: 'tensor "a": data_offsets.1',
  },
  {
    what: 'an unknown type',
    bytes: withHeader(`{"a":${entry('toString', [1], [0, 1])}}`, zeros(1)),
    reason: 'tensor "a" has the unknown type "toString"',
  },
  {
    what: 'a shape that its bytes do not hold',
    bytes: withHeader(`{"a":${entry('F32', [2, 3], [0, 20])}}`, zeros(20)),
    reason: 'tensor "a" takes 20 bytes, and its shape 2×3 of F32 24',
  },
  {
    what: 'an end before the start',
    bytes: withHeader(`{"a":${entry('U8', [1], [1, 0])}}`, zeros(1)),
    reason: 'tensor "a" takes -1 bytes',
  },
  {
    what: 'tensors on one another',
    bytes: withHeader(`{"a":${entry('U8', [4], [0, 4])},"b":${entry('U8', [4], [2, 6])}}`, zeros(6)),
    reason: 'tensor "b" overlaps "a"',
  },
  {
    what: 'a gap',
    bytes: withHeader(`{"a":${entry('U8', [4], [0, 4])},"b":${entry('U8', [4], [5, 9])}}`, zeros(9)),
    reason: 'nothing describes the bytes before "b"',
  },
  {
    what: 'weights cut off',
    bytes: writeSafetensors([{ name: 'a', dtype: 'U8', shape: [4], bytes: zeros(4) }]).subarray(0, -1),
    reason: 'tensor "a" ends at byte',
  },
  {
    what: 'bytes behind the last tensor',
    bytes: Buffer.concat([
      writeSafetensors([{ name: 'a', dtype: 'U8', shape: [4], bytes: zeros(4) }]),
      zeros(1),
    ]),
    reason: 'its tensors end at byte',
  },
])('refuses $what and says so in one line', ({ bytes, reason }) => {
  const error = thrown(() => parse(bytes));
  expect(error.code).toBe('WORKER_MODEL_FILE_INVALID');
  expect(error.message).toMatch(
    /^could not read model file m\.safetensors: [^\n]{1,400}; fetch or copy the file again$/,
  );
  expect(error.message).toContain(reason);
});

test('answers any damage to a header with a value or an error of one line', () => {
  const whole = withHeader(
    `{"__metadata__":{"format":"pt"},"a":${entry('F32', [2, 2], [0, 16])},"b":${entry('BF16', [4], [16, 24])}}`,
    zeros(24),
  );
  const piece = fc.constantFrom(
    '{',
    '}',
    '[',
    ']',
    '"',
    ',',
    ':',
    '0',
    '9',
    '-',
    'e',
    '\\',
    '\u0000',
    'ÿ',
    '__proto__',
  );
  const change = fc.record({ at: fc.nat(whole.length - 1), text: piece, removed: fc.nat(6) });
  let sound = 0;
  const property = fc.property(fc.array(change, { minLength: 1, maxLength: 3 }), (changes) => {
    let bytes = Buffer.from(whole);
    for (const { at, text, removed } of changes) {
      bytes = Buffer.concat([
        bytes.subarray(0, at),
        Buffer.from(text, 'latin1'),
        bytes.subarray(at + removed),
      ]);
    }
    try {
      for (const { offset, bytes: length } of parse(bytes).values()) {
        expect(offset + length).toBeLessThanOrEqual(bytes.length);
      }
      sound++;
    } catch (error) {
      if (!isDrydockError(error)) throw error;
      expect(error.message).toMatch(/^could not read model file m\.safetensors: [^\n]{1,500}$/);
    }
  });
  fc.assert(property, { numRuns: inDepth(3_000), seed: 1 });
  expect(sound).toBeGreaterThan(0);
});

test('refuses every truncation', () => {
  const whole = readFileSync(fixtureFile('model.safetensors'));
  for (let length = 0; length < whole.length; length += 911) {
    expect(thrown(() => parse(whole.subarray(0, length))).code).toBe('WORKER_MODEL_FILE_INVALID');
  }
});
