/** The requests of a drill, by seed: half greedy, half drawn from the model's probabilities by a seed of their own. Pure. */
import { randomFrom } from '../generate/index.ts';
import type { Reference } from './transcript.ts';

export interface DrillRequest {
  readonly prompt: string;
  readonly maxTokens: number;
  /** Absent: greedy. */
  readonly seed?: number;
  /** Nothing is asked of a server that it may not have: no log probabilities, no penalty. */
  readonly isPlain?: boolean;
}

export const answerTokensMin = 64;
const answerTokensSpread = 16;

const words = [
  'harbour',
  'lantern',
  'orchard',
  'compass',
  'granite',
  'meadow',
  'thunder',
  'velvet',
  'whistle',
  'cinnamon',
  'glacier',
  'saddle',
  'mirror',
  'canyon',
  'feather',
  'puzzle',
  'anchor',
  'ribbon',
  'marble',
  'tunnel',
] as const;

/** More than are needed: of some the answer is too short, or would not show a token too many. */
export function drawRequests(
  count: number,
  { seed, tokensMin = answerTokensMin }: { readonly seed: number; readonly tokensMin?: number },
): readonly DrillRequest[] {
  const random = randomFrom(seed);
  return Array.from({ length: count }, (_, index) => ({
    prompt: `${index + 1}. Tell a story of ${random.some(words, 5).join(', ')}.`,
    maxTokens: random.integer(tokensMin, tokensMin + answerTokensSpread),
    ...(index % 2 === 1 && { seed: random.integer(1, 1_000_000) }),
  }));
}

/** The model may fall into a loop; as long as this at the end of an answer, a token more or less shows. */
const tailTokens = 24;

/** Whether the answer is long enough, and one token less or more within it would make another answer of the same length. */
export function isTelling({ tokens }: Reference, tokensMin = answerTokensMin): boolean {
  const tail = tokens.slice(-tailTokens);
  const isLoop = [1, 2, 3, 4].some((period) =>
    tail.every((token, index) => index < period || token === tail[index - period]),
  );
  return tokens.length >= tokensMin && !isLoop;
}
