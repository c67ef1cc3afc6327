/** Asks every request while nothing is broken, at each gateway: what all give alike is the reference, and only telling answers are kept. */
import { DrydockError } from '../../errors.ts';
import { type DrillRequest, drawRequests, isTelling } from '../draw-requests.ts';
import type { Reference } from '../transcript.ts';
import { type AskOptions, type Door, type Seen, streamAnswer } from './stream-answer.ts';

export interface KnownRequest {
  readonly request: DrillRequest;
  readonly reference: Reference;
}

export interface ReferenceOptions extends Omit<AskOptions, 'door' | 'onToken'> {
  readonly doors: readonly Door[];
  readonly seed: number;
  /** As many as are to be known. */
  readonly count: number;
  readonly clients: number;
  /** Of an answer at least. */
  readonly tokensMin?: number;
}

/** Drawn for each one that is needed: of many a model makes too little. */
const drawnPerKnown = 4;
/** Nothing shall be scarce: a refusal would say nothing of a fault. */
const clientsMax = 4;

/** @throws DrydockError SIM_DRILL_FAILED where the undisturbed system does not answer, answers twice differently, or makes no telling answers. */
export async function learnReferences(options: ReferenceOptions): Promise<readonly KnownRequest[]> {
  const { seed, count, clients, doors, tokensMin } = options;
  const left = [
    ...drawRequests(count * drawnPerKnown, { seed, ...(tokensMin !== undefined && { tokensMin }) }),
  ];
  const known: KnownRequest[] = [];
  const learn = async () => {
    while (known.length < count) {
      const request = left.shift();
      if (request === undefined) return;
      const answers = [];
      for (const door of doors) answers.push(referenceOf(await streamAnswer(request, { ...options, door })));
      const [reference, ...others] = answers;
      if (reference === undefined) throw failed('there is no gateway');
      if (others.some((other) => JSON.stringify(other) !== JSON.stringify(reference)))
        throw failed('the same request was answered twice differently');
      if (isTelling(reference, tokensMin) && known.length < count) known.push({ request, reference });
    }
  };
  await Promise.all(Array.from({ length: Math.min(clients, clientsMax) }, learn));
  if (known.length < count)
    throw failed(`of ${count * drawnPerKnown} answers only ${known.length} are long enough and no loop`);
  return known;
}

function referenceOf({ end, errorCode, tokens, text, finishReason, completionTokens }: Seen): Reference {
  if (end !== 'done' || finishReason === undefined || completionTokens !== tokens.length)
    throw failed(`an answer ended so: ${end}${errorCode === undefined ? '' : `, ${errorCode}`}`);
  return { tokens: tokens.map(({ bytes }) => bytes), text, finishReason };
}

function failed(reason: string): DrydockError {
  return new DrydockError(
    'SIM_DRILL_FAILED',
    `could not learn the undisturbed answers: ${reason}; see the programs' logs in .drydock/runs`,
  );
}
