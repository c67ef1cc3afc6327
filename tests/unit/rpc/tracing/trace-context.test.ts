import { expect, it } from 'vitest';
import { formatTraceparent, parseTraceparent } from '../../../../src/rpc/tracing/trace-context.ts';

const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
const span = '00f067aa0ba902b7';

it.each([
  ['sampled', `00-${traceId}-${span}-01`, true],
  ['not sampled', `00-${traceId}-${span}-00`, false],
  ['flags of later versions', `00-${traceId}-${span}-03`, true],
  ['a later version with more fields', `01-${traceId}-${span}-01-more`, true],
])('reads a header: %s', (_, header, isSampled) => {
  expect(parseTraceparent(header)).toEqual({ traceId, spanId: span, isSampled });
});

it.each([
  ['absent', undefined],
  ['empty', ''],
  ['no trace', `00-${'0'.repeat(32)}-${span}-01`],
  ['no span', `00-${traceId}-${'0'.repeat(16)}-01`],
  ['the forbidden version', `ff-${traceId}-${span}-01`],
  ['capitals', `00-${traceId.toUpperCase()}-${span}-01`],
  ['more fields in version 00', `00-${traceId}-${span}-01-more`],
  ['too short', `00-${traceId.slice(1)}-${span}-01`],
  ['two headers joined', `00-${traceId}-${span}-01, 00-${traceId}-${span}-01`],
  ['a line break', `00-${traceId}-${span}-01\n`],
])('takes none from a header that is not in form: %s', (_, header) => {
  expect(parseTraceparent(header)).toBeUndefined();
});

it.each([true, false])('writes what it reads: sampled %s', (isSampled) => {
  const context = { traceId, spanId: span, isSampled };
  expect(parseTraceparent(formatTraceparent(context))).toEqual(context);
});
