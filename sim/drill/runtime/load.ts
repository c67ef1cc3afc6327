/** The clients of a drill: each asks one request after the other, and once more at another gateway where it was not answered. */
import type { DrillRequest } from '../draw-requests.ts';
import type { RequestGate } from '../request-gate.ts';
import type { Transcript } from '../transcript.ts';
import { type AskOptions, type Door, streamAnswer } from './stream-answer.ts';

export interface Load {
  /** Of answers that have begun and not ended, at this moment. */
  midStream(): readonly number[];
  /** Whether the request's stream had ended at that time. */
  hasEnded(request: number, atMs: number): boolean;
  /** Resolves when so many streams have begun and are far from their end. */
  untilMidStream(count: number): Promise<void>;
  /** Resolves when so many streams at once have so many tokens each, and have not ended. */
  untilEach(tokens: number, streams: number): Promise<void>;
  /** Resolves when so many requests have left their clients. */
  untilSent(requests: number): Promise<void>;
  /** Requests that wait for their answer, or for the rest of it. */
  readonly underWay: number;
  /** Resolves when so many requests have been answered or given up. */
  answered(count: number): Promise<void>;
  /** All attempts so far. */
  readonly transcripts: readonly Transcript[];
  /** When each token of any client came. */
  readonly tokenTimes: readonly number[];
  /** Resolves when all requests have been answered or given up. */
  readonly ended: Promise<void>;
}

export interface LoadOptions extends Omit<AskOptions, 'door' | 'onToken' | 'onSent'> {
  readonly clients: number;
  readonly gate: RequestGate;
  /** Of a request by its index. */
  readonly requestOf: (index: number) => DrillRequest;
  /** A client begins at one of these, in turn, … */
  readonly entrances: readonly Door[];
  /** … and knows all of these. */
  readonly doors: readonly Door[];
}

/** An answer has 64 at least: what is done to such a stream meets it before it ends. */
const freshTokensMax = 40;

export function startLoad(options: LoadOptions): Load {
  const transcripts: Transcript[] = [];
  const tokenTimes: number[] = [];
  /** Tokens so far, by request. */
  const begun = new Map<number, number>();
  const sent = new Set<number>();
  const waiting: (() => void)[] = [];

  let answered = 0;
  const wake = () => {
    for (const each of waiting.splice(0)) each();
  };
  const change = () => new Promise<void>((resolve) => waiting.push(resolve));

  const ask = async (request: number, attempt: number, door: Door) => {
    const seen = await streamAnswer(options.requestOf(request), {
      ...options,
      door,
      onSent() {
        sent.add(request);
        wake();
      },
      onToken() {
        tokenTimes.push(options.now());
        begun.set(request, (begun.get(request) ?? 0) + 1);
        wake();
      },
    });
    begun.delete(request);
    const transcript = { ...seen, request, attempt };
    transcripts.push(transcript);
    return transcript;
  };

  const runClient = async (client: number) => {
    // Where it was answered last: who has seen a gateway fail goes on with the other.
    let door = at(options.entrances, client);
    for (;;) {
      const request = await options.gate.next();
      if (request === undefined) return;
      const { end } = await ask(request, 0, door);
      // An end without an error is taken for the whole answer.
      if (end !== 'done' && end !== 'closed') {
        door = at(options.doors, options.doors.indexOf(door) + 1);
        await ask(request, 1, door);
      }
      answered += 1;
      wake();
    }
  };

  const clients = Array.from({ length: options.clients }, (_, client) => runClient(client));
  return {
    midStream: () => [...begun.keys()],
    hasEnded: (request, atMs) => transcripts.some((seen) => seen.request === request && seen.endedMs < atMs),
    async untilMidStream(count) {
      const isFresh = (tokens: number) => tokens <= freshTokensMax;
      while ([...begun.values()].filter(isFresh).length < count) await change();
    },
    async untilEach(tokens, streams) {
      while ([...begun.values()].filter((count) => count >= tokens).length < streams) await change();
    },
    async untilSent(requests) {
      while (sent.size < requests) await change();
    },
    get underWay() {
      return options.gate.handedOut - answered;
    },
    async answered(count) {
      while (answered < count) await change();
    },
    transcripts,
    tokenTimes,
    ended: Promise.all(clients).then(() => undefined),
  };
}

function at(doors: readonly Door[], index: number): Door {
  const door = doors[index % doors.length];
  if (door === undefined) throw new TypeError('a client knows no gateway');
  return door;
}
