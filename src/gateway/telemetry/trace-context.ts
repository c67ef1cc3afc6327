/** W3C Trace Context, level 1: what a caller says of its trace. A header that is not exactly in form is as if it were not there. */

export interface TraceContext {
  /** 32 hexadecimal digits. */
  readonly traceId: string;
  /** Of the caller's span, 16 hexadecimal digits. */
  readonly parentSpanId: string;
  readonly isSampled: boolean;
}

// §3.2: version ff is forbidden, and later versions may add fields after the flags; ids of zeros alone are not valid.
const form =
  /^(?!ff)([0-9a-f]{2})-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})(-.{0,256})?$/;

export function parseTraceparent(header: string | undefined): TraceContext | undefined {
  const [, version, traceId, parentSpanId, flags, rest] = form.exec(header ?? '') ?? [];
  if (traceId === undefined || parentSpanId === undefined || flags === undefined) return undefined;
  if (version === '00' && rest !== undefined) return undefined;
  return { traceId, parentSpanId, isSampled: (Number.parseInt(flags, 16) & 1) === 1 };
}
