/** How long a server that answers with `Retry-After` wants to be left alone. */

/** Longer than this nobody is left alone. */
const waitMsMax = 300_000;

/** @returns milliseconds; 0 where the header is absent or in neither form of RFC 9110, 10.2.3. */
export function retryAfterMs(header: string | null, nowUnixMs: number): number {
  if (header === null) return 0;
  const waitMs = /^\d{1,10}$/.test(header) ? Number(header) * 1000 : Date.parse(header) - nowUnixMs;
  return Number.isNaN(waitMs) ? 0 : Math.min(Math.max(waitMs, 0), waitMsMax);
}
