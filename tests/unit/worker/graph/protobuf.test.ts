/** The encoder against bytes worked out by hand from the protocol-buffer encoding guide. */

import { describe, expect, it } from 'vitest';
import { ProtobufMessage } from '../../../../src/worker/graph/protobuf.ts';

const hex = (message: ProtobufMessage) => Buffer.from(message.encode()).toString('hex');

describe('ProtobufMessage', () => {
  it.each([
    { what: 'a small integer', message: new ProtobufMessage().int(1, 5), bytes: '0805' },
    { what: 'an integer of two bytes', message: new ProtobufMessage().int(1, 150), bytes: '089601' },
    {
      what: 'an integer past 32 bits',
      message: new ProtobufMessage().int(1, 2 ** 35),
      bytes: '08808080808001',
    },
    {
      what: 'a negative integer',
      message: new ProtobufMessage().int(1, -1),
      bytes: '08ffffffffffffffffff01',
    },
    { what: 'a field beyond 15', message: new ProtobufMessage().int(20, 1), bytes: 'a00101' },
    { what: 'a float', message: new ProtobufMessage().float(2, 1), bytes: '150000803f' },
    { what: 'a string', message: new ProtobufMessage().string(2, 'testing'), bytes: '120774657374696e67' },
    {
      what: 'a message in a message',
      message: new ProtobufMessage().message(3, new ProtobufMessage().int(1, 150)),
      bytes: '1a03089601',
    },
  ])('encodes $what', ({ message, bytes }) => {
    expect(hex(message)).toBe(bytes);
  });
});
