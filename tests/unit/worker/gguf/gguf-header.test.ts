/** The header parser on the fixture, on headers broken in one known way, and on ones broken at random. */

import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isDrydockError } from '../../../../src/rpc/errors.ts';
import { type Gguf, parseGgufHeader } from '../../../../src/worker/gguf/gguf-header.ts';
import { readVocabulary } from '../../../../src/worker/gguf/gguf-vocabulary.ts';
import { planGemma3Graph } from '../../../../src/worker/graph/gemma3-graph.ts';
import { inDepth } from '../../../in-depth.ts';
import { sourceOfParsed } from '../source-in-memory.ts';
import { thrown } from '../thrown.ts';
import { type GgufValue, u32, u64, writeGguf } from './write-gguf.ts';

const tiny = readFileSync(new URL('../../../fixtures/tiny-gemma3/model.gguf', import.meta.url));
const tinyHeaderBytes = 17_952;

function parse(bytes: Buffer, fileBytes = bytes.length): Gguf | undefined {
  return parseGgufHeader({ file: 'm.gguf', bytes, fileBytes });
}

/** The bytes with some of them replaced. */
function patched(bytes: Buffer, at: number, replacement: Uint8Array): Buffer {
  const copy = Buffer.from(bytes);
  copy.set(replacement, at);
  return copy;
}

const norm = { name: 'n', shape: [8], typeId: 0, bytes: new Uint8Array(32) };

describe('parseGgufHeader', () => {
  it('gives every tensor its place and type, and every key its value', () => {
    const gguf = parse(tiny);
    expect(gguf?.version).toBe(3);
    expect(gguf?.tensors.size).toBe(80);
    expect(gguf?.tensors.get('token_embd.weight')).toMatchObject({
      shape: [32, 512],
      type: { name: 'F32' },
      elements: 16_384,
      offset: tinyHeaderBytes,
      bytes: 65_536,
    });
    const last = [...(gguf?.tensors.values() ?? [])].reduce((a, b) => (a.offset > b.offset ? a : b));
    expect(last.offset + last.bytes).toBe(tiny.length);
    expect(gguf?.metadata.string('general.architecture')).toBe('gemma3');
    expect(gguf?.metadata.number('gemma3.attention.sliding_window')).toBe(16);
    expect(gguf?.metadata.boolean('tokenizer.ggml.add_space_prefix')).toBe(false);
    expect(gguf?.metadata.string('no.such.key')).toBeUndefined();
  });

  it('reads version 2 alike', () => {
    expect(parse(patched(tiny, 4, u32(2)))?.version).toBe(2);
  });

  it('asks for more when the header goes on after the bytes at hand, and only then', () => {
    for (const length of [0, 3, 24, 1000, 17_000]) {
      expect(parse(tiny.subarray(0, length), tiny.length)).toBeUndefined();
    }
    expect(parse(tiny.subarray(0, tinyHeaderBytes), tiny.length)?.tensors.size).toBe(80);
  });

  const huge = Buffer.alloc(8, 0xff);
  const overlapping = writeGguf({}, [norm, { ...norm, name: 'o' }]);
  const offsetOfSecond = overlapping.lastIndexOf(u64(32));
  const keyed = (key: GgufValue) => writeGguf({ 'general.alignment': key }, [norm]);
  const twice = writeGguf({ ka: { type: 'bool', value: true }, kb: { type: 'bool', value: true } }, []);
  twice.set(Buffer.from('ka'), twice.indexOf('kb'));
  it.each<{ what: string; bytes: Buffer; reason: string }>([
    { what: 'an empty file', bytes: Buffer.alloc(0), reason: 'ends inside its first four bytes' },
    { what: 'another format', bytes: Buffer.from('PK\u0003\u0004 and so on'), reason: 'no GGUF file' },
    { what: 'version 1', bytes: patched(tiny, 4, u32(1)), reason: 'version 1' },
    { what: 'big-endian', bytes: patched(tiny, 4, Buffer.of(0, 0, 0, 3)), reason: 'big-endian' },
    { what: 'a huge number of tensors', bytes: patched(tiny, 8, huge), reason: 'the number of tensors' },
    { what: 'too many tensors', bytes: patched(tiny, 8, u64(1e6)), reason: 'more than 65536' },
    { what: 'too many keys', bytes: patched(tiny, 16, u64(1e6)), reason: 'more than 65536' },
    { what: 'a huge string', bytes: patched(tiny, 24, u64(1e15)), reason: 'claims 1000000000000000 bytes' },
    { what: 'a string past the end', bytes: tiny.subarray(0, 40), reason: 'ends inside key 0' },
    { what: 'an unknown value type', bytes: patched(tiny, 52, u32(77)), reason: 'the unknown type 77' },
    { what: 'two tensors of a name', bytes: writeGguf({}, [norm, norm]), reason: '"n" appears twice' },
    {
      what: 'overlapping tensors',
      bytes: patched(overlapping, offsetOfSecond, u64(0)),
      reason: 'overlap',
    },
    {
      what: 'a tensor off its alignment',
      bytes: patched(overlapping, offsetOfSecond, u64(33)),
      reason: 'not aligned',
    },
    {
      what: 'a tensor past the end',
      bytes: patched(overlapping, offsetOfSecond, u64(64)),
      reason: 'ends at byte',
    },
    {
      what: 'a missing last byte',
      bytes: tiny.subarray(0, -1),
      reason: `and the file at ${tiny.length - 1}`,
    },
    {
      what: 'an unknown tensor type',
      bytes: writeGguf({}, [{ ...norm, typeId: 4 }]),
      reason: 'the unknown type 4',
    },
    {
      what: 'rows that a type cannot hold',
      bytes: writeGguf({}, [{ ...norm, typeId: 8 }]),
      reason: 'rows of "n" are 8 long, which Q8_0 cannot hold',
    },
    { what: 'an empty shape', bytes: writeGguf({}, [{ ...norm, shape: [] }]), reason: '0 dimensions' },
    { what: 'a zero in a shape', bytes: writeGguf({}, [{ ...norm, shape: [0] }]), reason: 'a wrong shape' },
    {
      what: 'a shape whose product overflows',
      bytes: writeGguf({}, [{ ...norm, shape: [2 ** 40, 2 ** 40] }]),
      reason: 'a wrong shape',
    },
    { what: 'a senseless alignment', bytes: keyed({ type: 'uint32', value: 12 }), reason: 'alignment is 12' },
    {
      what: 'an array of arrays',
      bytes: writeGguf({ k: { type: 'nested' } }, []),
      reason: 'the value of "k" is an array of arrays',
    },
    { what: 'two keys of a name', bytes: twice, reason: 'key "ka" appears twice' },
    {
      what: 'a name with line breaks and control characters',
      bytes: writeGguf({}, [{ ...norm, name: 'a\nb\u001b"', typeId: 8 }]),
      reason: 'rows of "a?b??" are',
    },
    {
      what: 'a key of another type',
      bytes: keyed({ type: 'string', value: '32' }),
      reason: '"general.alignment" is string, not a number',
    },
  ])('refuses $what and says so in one line', ({ bytes, reason }) => {
    const error = thrown(() => parse(bytes));
    expect(error.code).toBe('WORKER_MODEL_FILE_INVALID');
    expect(error.message).toMatch(
      /^could not read model file m\.gguf: [^\n]*; fetch or copy the file again$/,
    );
    expect(error.message).toContain(reason);
  });

  it('refuses every truncation', () => {
    for (let length = 0; length < tiny.length; length += 89) {
      expect(thrown(() => parse(tiny.subarray(0, length))).code).toBe('WORKER_MODEL_FILE_INVALID');
    }
  });

  it('answers any damage to the header with a value or one of two errors', () => {
    const damage = fc.array(
      fc.record({
        at: fc.nat(tinyHeaderBytes - 1),
        bytes: fc.oneof(
          fc.uint8Array({ minLength: 1, maxLength: 8 }),
          fc.constantFrom(huge, u64(2 ** 40), u32(9), u32(8)),
        ),
      }),
      { minLength: 1, maxLength: 4 },
    );
    const property = fc.property(damage, (changes) => {
      const bytes = Buffer.from(tiny);
      for (const { at, bytes: replacement } of changes) bytes.set(replacement, at);
      expectSoundOrRefused(bytes);
    });
    fc.assert(property, { numRuns: inDepth(2_000) });
    // The tensor part is small and varied: bytes all over it take a few values in turn.
    const steps = inDepth(Math.floor((tinyHeaderBytes - 12_000) / 7));
    for (let step = 0; step < steps; step++) {
      const at = 12_000 + Math.floor((step * (tinyHeaderBytes - 12_000)) / steps);
      for (const value of [0, 1, 0x7f, 0xff]) expectSoundOrRefused(patched(tiny, at, Buffer.of(value)));
    }
  }, 30_000);
});

function expectSoundOrRefused(bytes: Buffer): void {
  try {
    const gguf = parse(bytes);
    if (gguf === undefined) throw new Error('asked for more than the whole file');
    readVocabulary(gguf);
    planGemma3Graph(sourceOfParsed(gguf, bytes), {});
  } catch (error) {
    if (!isDrydockError(error)) throw error;
    expect(['WORKER_MODEL_FILE_INVALID', 'WORKER_MODEL_UNSUPPORTED']).toContain(error.code);
    expect(error.message).toMatch(/^could not (read|use) model file m\.gguf: [^\n]{1,400}$/);
  }
}
