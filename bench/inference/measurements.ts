/** What the inference bench measures, as data. Prompts are ordinary text; each stream has another. */

import type { SideRequest } from './side-protocol.ts';

export interface Measurement {
  readonly name: string;
  readonly unit: 'tokens/s' | 'ms';
  readonly request: SideRequest;
  /** Tokens that the time is for; absent where the time itself is the figure. */
  readonly tokens?: number;
  /** Our own measurement that it is held against, in place of another engine's. */
  readonly against?: string;
}

/** Positions that a decoded stream starts from. */
export const decodeContext = 256;
export const cachedTokens = 960;
const streams = [
  { count: 1, tokens: 64 },
  { count: 4, tokens: 32 },
  { count: 8, tokens: 32 },
] as const;
const prefills = [256, 1000] as const;
const coldFirstToken = 'first token cold';

/** Tokens of the longest prompt, and how many streams the text must serve. */
export const textTokensMin = 1000 + 8 * decodeContext;
export const streamsMax = 8;
export const contextTokensMax = 2048;

/**
 * @param ids of an ordinary text, at least `textTokensMin`.
 * @param bosId comes first in every prompt.
 */
export function planMeasurements(ids: readonly number[], bosId: number): readonly Measurement[] {
  if (ids.length < textTokensMin) throw new TypeError(`${ids.length} tokens of text are too few`);
  const prompt = (from: number, length: number) => [bosId, ...ids.slice(from, from + length - 1)];
  const long = prompt(0, 1000);
  return [
    ...streams.map(({ count, tokens }): Measurement => {
      const prompts = Array.from({ length: count }, (_, stream) =>
        prompt(stream * decodeContext, decodeContext),
      );
      return {
        name: `decode ${count} stream${count === 1 ? '' : 's'}`,
        unit: 'tokens/s',
        tokens: count * tokens,
        request: { op: 'decode', prompts, tokens },
      };
    }),
    ...prefills.map(
      (length): Measurement => ({
        name: `prefill ${length}`,
        unit: 'tokens/s',
        tokens: length,
        request: { op: 'prefill', ids: prompt(0, length) },
      }),
    ),
    { name: coldFirstToken, unit: 'ms', request: { op: 'first token', ids: long, cachedTokens: 0 } },
    {
      name: 'first token cached prefix',
      unit: 'ms',
      request: { op: 'first token', ids: long, cachedTokens },
      against: coldFirstToken,
    },
  ];
}

/** The figure of a measurement, in its unit. */
export function figureOf({ tokens }: Pick<Measurement, 'tokens'>, ms: number): number {
  return tokens === undefined ? ms : (tokens / ms) * 1000;
}
