/** The decoder's short way for plain calls and results gives what the general one gives, which an added `action` or `error` asks for. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parsePeerFrame } from '../../../src/rpc/engine/protocol.ts';

const absent = fc.constant(undefined);
const anything = fc.oneof(absent, fc.jsonValue());
// Mostly right, or nearly nothing would be read at all.
const text = fc.oneof(
  { weight: 8, arbitrary: fc.string() },
  { weight: 4, arbitrary: absent },
  { weight: 1, arbitrary: fc.constant(null) },
  { weight: 1, arbitrary: fc.integer() },
);
const id = fc.oneof(
  { weight: 8, arbitrary: fc.uuid() },
  { weight: 1, arbitrary: fc.uuid().map((each) => each.toUpperCase()) },
  { weight: 1, arbitrary: fc.oneof(absent, fc.constant(null), fc.string()) },
);

/** Members that are undefined are left out. */
function parse(frame: object): object | undefined {
  const parsed = parsePeerFrame(JSON.stringify(frame));
  return parsed === undefined ? undefined : JSON.parse(JSON.stringify(parsed));
}

test('a call is read alike with an action of null and without one', () => {
  fc.assert(
    fc.property(
      fc.record({
        invocation_id: id,
        function_id: text,
        data: anything,
        traceparent: text,
        baggage: text,
        metadata: anything,
        unknown: anything,
      }),
      (members) => {
        const frame = { type: 'invokefunction', ...members };
        const general = parse({ ...frame, action: null });
        expect(parse(frame)).toEqual(general === undefined ? undefined : { ...general, action: undefined });
      },
    ),
    { numRuns: 500 },
  );
});

test('a result is read alike with an error of null and without one', () => {
  fc.assert(
    fc.property(
      fc.record({
        invocation_id: id,
        function_id: text,
        result: anything,
        traceparent: text,
        unknown: anything,
      }),
      (members) => {
        const frame = { type: 'invocationresult', ...members };
        const general = parse({ ...frame, error: null });
        expect(parse(frame)).toEqual(general === undefined ? undefined : { ...general, error: undefined });
      },
    ),
    { numRuns: 500 },
  );
});
