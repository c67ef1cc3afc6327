import { generateKeyPairSync } from 'node:crypto';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type ChainHead, canonicalJson, link, noHash } from '../../../../src/gateway/audit/chain.ts';
import { createCheckpointSigner } from '../../../../src/gateway/audit/checkpoint.ts';
import { createChainVerifier } from '../../../../src/gateway/audit/verify-chain.ts';

const { privateKey, publicKey } = generateKeyPairSync('ed25519');
const stranger = generateKeyPairSync('ed25519');

/** Twelve records; 4, 9 and 11 are checkpoints. */
function chainOf(signingKey = privateKey) {
  const signer = createCheckpointSigner(signingKey);
  let head: ChainHead = { chain: 'gateway-0-a', seq: 0, hash: noHash };
  return Array.from({ length: 12 }, (_, seq) => {
    const isCheckpoint = [4, 9, 11].includes(seq);
    const record = {
      kind: 'request',
      requestId: `request-${seq}`,
      model: 'gemma',
      promptTokens: seq,
      text: 'ä"\\',
    };
    const linked = link(head, isCheckpoint ? signer.checkpoint(head, 1000 + seq) : record);
    head = linked.head;
    return linked.text;
  });
}

function verify(lines: readonly string[], rest = '', key = publicKey) {
  const verifier = createChainVerifier('gateway-0-a', key);
  for (const line of lines) verifier.take(line);
  verifier.takeRest(rest);
  return verifier.report();
}

const lines = chainOf();
const seqs = (changed: readonly string[]) => [...new Set(verify(changed).findings.map(({ seq }) => seq))];

it('finds nothing in a chain that is whole', () => {
  expect(verify(lines)).toEqual({
    chain: 'gateway-0-a',
    records: 12,
    findings: [],
    signedThrough: 11,
    lastSeq: 11,
  });
});

it('finds every byte that is another, by the number of its record', () => {
  fc.assert(
    fc.property(fc.nat(11), fc.nat(), fc.integer({ min: 1, max: 255 }), (seq, place, change) => {
      const bytes = Buffer.from(lines[seq] ?? '');
      const at = place % bytes.length;
      bytes.writeUInt8(bytes.readUInt8(at) ^ change, at);
      // A line break makes two lines of one.
      const changed = lines.flatMap((line, index) =>
        index === seq ? bytes.toString('utf8').split('\n') : [line],
      );
      const { findings } = verify(changed);
      expect(findings.length).toBeGreaterThan(0);
      // A line whose own number became a smaller one is told by that, and by whose place it takes.
      const [first] = findings;
      const isTold =
        first?.seq === seq || first?.seq === seq + 1 || first?.what.includes(`record ${seq} belongs`);
      expect(isTold, JSON.stringify(first)).toBe(true);
    }),
    { numRuns: 300, examples: [[4, (lines[4] ?? '').indexOf('"seq":4') + '"seq":'.length, 4]] },
  );
});

const fields = ['chain', 'hash', 'previous', 'record', 'seq'] as const;

it.each(fields)('finds a change to "%s" of any record', (field) => {
  for (const [seq, line] of lines.entries()) {
    const parsed = JSON.parse(line);
    const value = parsed[field];
    const other =
      typeof value === 'number'
        ? value + 100
        : typeof value === 'string'
          ? value.replace(/.$/, (last) => (last === 'a' ? 'b' : 'a'))
          : { ...value, added: 1 };
    const changed = lines.with(seq, canonicalJson({ ...parsed, [field]: other }));
    expect([seq, seq + 1]).toContain(verify(changed).findings[0]?.seq);
  }
});

it.each([
  ['a space', (line: string) => line.replace('{', '{ ')],
  [
    'another order',
    (line: string) => JSON.stringify(Object.fromEntries(Object.entries(JSON.parse(line)).reverse())),
  ],
  ['a name given twice', (line: string) => line.replace('{"chain"', '{"chain":"x","chain"')],
  ['another spelling of a character', (line: string) => line.replace('gemma', '\\u0067emma')],
  ['a field more', (line: string) => `${line.slice(0, -1)},"z":1}`],
  ['a carriage return', (line: string) => `${line}\r`],
  ['nothing left', () => ''],
])('finds %s', (_, change) => {
  expect(seqs(lines.with(6, change(lines[6] ?? '')))).toContain(6);
});

it('names one record that is missing, or several, and nothing beside', () => {
  expect(verify(lines.toSpliced(3, 1)).findings).toEqual([{ seq: 3, what: 'is missing' }]);
  expect(verify(lines.toSpliced(5, 3)).findings).toEqual([{ seq: 5, what: 'and 2 after it are missing' }]);
  expect(verify(lines.slice(2)).findings).toEqual([{ seq: 0, what: 'and 1 after it are missing' }]);
});

it('names records that were moved, repeated, or put in', () => {
  const moved = [...lines];
  moved.splice(7, 0, ...moved.splice(2, 1));
  expect(seqs(moved)).toContain(2);
  expect(verify(lines.toSpliced(6, 0, lines[5] ?? '')).findings).toMatchObject([
    { seq: 5, what: expect.stringContaining('moved or repeated') },
    // What follows the repetition is missing from where it stands now.
  ]);
  const forged = link({ chain: 'gateway-0-a', seq: 6, hash: noHash }, { kind: 'request' }).text;
  expect(seqs(lines.toSpliced(6, 0, forged))).toContain(6);
});

it('finds a record that was replaced with its own hash made anew, by the one after it', () => {
  const { seq, previous, chain } = JSON.parse(lines[5] ?? '');
  const replaced = link({ chain, seq, hash: previous }, { kind: 'request', requestId: 'forged' }).text;
  expect(verify(lines.with(5, replaced)).findings).toEqual([
    { seq: 6, what: 'does not build on the record before it: that one or this one was replaced' },
  ]);
});

it('finds a record that was replaced together with all hashes after it, by the signatures', () => {
  let head: ChainHead = { chain: 'gateway-0-a', seq: 0, hash: noHash };
  const rewritten = lines.map((line) => {
    const { record, seq } = JSON.parse(line);
    const linked = link(head, seq === 2 ? { ...record, promptTokens: 0 } : record);
    head = linked.head;
    return linked.text;
  });
  const { findings, signedThrough } = verify(rewritten);
  expect(findings).toEqual(
    [4, 9, 11].map((seq) => ({
      seq,
      what: 'is a checkpoint that is not to be trusted: signature is wrong',
    })),
  );
  expect(signedThrough).toBeUndefined();
});

it('trusts no other key, and no chain without a signature', () => {
  const foreign = verify(chainOf(stranger.privateKey)).findings;
  expect(foreign).toHaveLength(3);
  expect(foreign[0]?.what).toContain('signed by another key');
  const { text } = link({ chain: 'gateway-0-a', seq: 0, hash: noHash }, { kind: 'request' });
  expect(verify([text]).findings).toEqual([
    { seq: 0, what: 'and all after it are covered by no checkpoint' },
  ]);
  const unsigned = { kind: 'checkpoint', unixMs: 1 };
  const bare = link({ chain: 'gateway-0-a', seq: 0, hash: noHash }, unsigned).text;
  expect(verify([bare]).findings[0]?.what).toContain('not signed');
});

it('takes no signature of one place for another', () => {
  const [own, other] = ['gateway-0-a', 'gateway-1-b'].map((chain) => {
    const head = { chain, seq: 0, hash: noHash };
    return { head, record: createCheckpointSigner(privateKey).checkpoint(head, 1) };
  });
  if (own === undefined || other === undefined) throw new TypeError('there are two');
  expect(verify([link(own.head, own.record).text]).findings).toEqual([]);
  expect(verify([link(own.head, other.record).text]).findings[0]?.what).toContain('signature is wrong');
});

it('says how far signatures reach, for the end may have been cut off after that', () => {
  expect(verify(lines.slice(0, 8))).toMatchObject({ findings: [], signedThrough: 4, lastSeq: 7 });
  expect(verify(lines.toSpliced(6, 1)).signedThrough).toBe(4);
});

it('finds a line without an end', () => {
  expect(verify(lines.slice(0, 11), 'half').findings).toEqual([
    { seq: 11, what: 'is torn: 4 bytes without an end' },
  ]);
});
