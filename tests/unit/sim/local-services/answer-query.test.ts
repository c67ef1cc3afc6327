import { decode, encode, type Packet } from 'dns-packet';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { openQueryResolver } from '../../../../sim/local-services/answer-query.ts';

const many = Array.from({ length: 60 }, (_, index) => `10.0.1.${index}`);
const resolver = openQueryResolver({
  exact: { 'ip-10-0-0-5.ec2.internal': ['10.0.0.5', '2600:1f00::5'], 'many.example': many },
  below: { 's3.us-east-1.amazonaws.com': ['192.0.2.1'] },
  reverse: { '5.0.0.10.in-addr.arpa': 'ip-10-0-0-5.ec2.internal' },
  zones: ['ec2.internal'],
  reverseRanges: ['10.0.0.0/16'],
});

function ask(packet: Packet, transport: 'udp' | 'tcp' = 'udp') {
  const answer = resolver.answer(encode(packet), transport);
  if (answer === undefined) return undefined;
  const { id, flags = 0, flag_tc, answers = [] } = decode(answer);
  return {
    id,
    code: flags & 0xf,
    isTruncated: flag_tc,
    data: answers.map((one) => 'data' in one && one.data),
  };
}

const question = (type: 'A' | 'AAAA' | 'PTR' | 'MX', name: string): Packet => ({
  type: 'query',
  id: 9,
  questions: [{ type, name }],
});

test.each([
  ['A', 'IP-10-0-0-5.ec2.internal', 0, ['10.0.0.5']],
  ['AAAA', 'ip-10-0-0-5.ec2.internal', 0, ['2600:1f00::5']],
  ['MX', 'ip-10-0-0-5.ec2.internal', 0, []],
  ['A', 'a.b.s3.us-east-1.amazonaws.com', 0, ['192.0.2.1']],
  ['A', 'nots3.us-east-1.amazonaws.com', 5, []],
  ['PTR', '5.0.0.10.in-addr.arpa', 0, ['ip-10-0-0-5.ec2.internal']],
  ['PTR', '6.0.0.10.in-addr.arpa', 3, []],
  ['PTR', '6.0.1.10.in-addr.arpa', 5, []],
  ['A', 'ip-10-0-0-6.ec2.internal', 3, []],
  ['A', 'notec2.internal', 5, []],
  ['A', 'constructor', 5, []],
] as const)('answers %s %s with code %i and %o', (type, name, code, data) => {
  expect(ask(question(type, name))).toStrictEqual({ id: 9, code, isTruncated: false, data });
});

test('cuts a long answer over UDP and says so, and gives it whole over TCP', () => {
  expect(ask(question('A', 'many.example'))).toMatchObject({ code: 0, isTruncated: true, data: [] });
  expect(ask(question('A', 'many.example'), 'tcp')).toMatchObject({ isTruncated: false, data: many });
});

test('refuses what is no single question, and never answers an answer', () => {
  const { questions = [] } = question('A', 'many.example');
  expect(ask({ type: 'query', id: 1, questions: [...questions, ...questions] })?.code).toBe(1);
  expect(ask({ type: 'query', id: 1, questions: [] })?.code).toBe(1);
  const update = 5 << 11;
  expect(ask({ type: 'query', id: 1, flags: update, questions })?.code).toBe(4);
  expect(ask({ type: 'response', id: 1, questions })).toBeUndefined();
  const chaos: Packet = {
    type: 'query',
    id: 1,
    questions: [{ type: 'A', name: 'many.example', class: 'CH' }],
  };
  expect(ask(chaos)?.code).toBe(5);
});

test('survives any bytes, and answers none that say they are an answer', () => {
  const bytes = fc.uint8Array({ maxLength: 80 }).map((array) => Buffer.from(array));
  fc.assert(
    fc.property(bytes, (message) => {
      const answer = resolver.answer(message, 'udp');
      const isResponse = message.length < 12 || (message.readUInt8(2) & 0x80) !== 0;
      expect(isResponse && answer !== undefined).toBe(false);
    }),
  );
});
