/**
 * How long a server that has refused for want of room is left alone: as long as it says, else half a second, twice as long with each refusal
 * in a row. Pure.
 */

/** Of a server that does not say: the first time, and at most. */
const unsaidMsMin = 500;
const unsaidMsMax = 8000;
/** Whatever it says. */
const saidMsMax = 60_000;

export class UpstreamPause {
  readonly #now: () => number;
  #untilMs = Number.NEGATIVE_INFINITY;
  #refusals = 0;

  /** @param now milliseconds. */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** 0: it may be asked. */
  get leftMs(): number {
    return Math.max(0, this.#untilMs - this.#now());
  }

  /** @param saidMs as the server asks for. Absent: it does not say. */
  refused(saidMs: number | undefined): void {
    // Requests that were on their way when the first was refused say nothing new.
    if (this.leftMs === 0) this.#refusals += 1;
    const unsaidMs = Math.min(unsaidMsMin * 2 ** (this.#refusals - 1), unsaidMsMax);
    this.#untilMs = Math.max(this.#untilMs, this.#now() + Math.min(saidMs ?? unsaidMs, saidMsMax));
  }

  answered(): void {
    this.#refusals = 0;
  }
}

/**
 * @param headers of a refusal: `retry-after-ms`, or `retry-after` as seconds or as a date (RFC 9110 §10.2.3).
 * @returns undefined where there is none that can be read.
 */
export function readRetryAfterMs(
  headers: Readonly<Record<string, string | readonly string[] | undefined>>,
  nowUnixMs: number,
): number | undefined {
  const { 'retry-after-ms': inMs, 'retry-after': text } = headers;
  if (typeof inMs === 'string' && /^\d{1,9}$/.test(inMs)) return Number(inMs);
  if (typeof text !== 'string') return undefined;
  if (/^\d{1,6}$/.test(text)) return Number(text) * 1000;
  // Date.parse takes more than dates: "-1" is one in 2001.
  const atMs = /^[A-Z][a-z]{2}, .* GMT$/.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(atMs) ? undefined : Math.max(0, atMs - nowUnixMs);
}
