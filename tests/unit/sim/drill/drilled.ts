/** What the drill's units are tried on: a topology like that of the drill, an answer, and a transcript of it. */
import type { Topology } from '../../../../sim/drill/topology.ts';
import type { Reference, Transcript } from '../../../../sim/drill/transcript.ts';

const member = (id: string, letter: string) => ({ id, zone: `eu-west-1${letter}` });

export const topology: Topology = {
  gateways: [member('gateway-0', 'a'), member('gateway-1', 'b')],
  engines: [member('engine-0', 'a'), member('engine-1', 'b')],
  workers: [member('worker-0', 'a'), member('worker-1', 'b'), member('worker-2', 'a')],
};

/** As many different tokens as letters. */
export function referenceOf(letters: string): Reference {
  return { tokens: tokensOf(letters), text: letters, finishReason: 'length' };
}

/** What a client saw of it: a token each 10 ms from 100 on, or as told. */
export function transcriptOf(letters: string, changed: Partial<Transcript> = {}): Transcript {
  const tokens = tokensOf(letters).map((bytes, index) => ({ bytes, atMs: 100 + 10 * index }));
  return {
    request: 0,
    attempt: 0,
    gateway: 'gateway-0',
    startedMs: 50,
    endedMs: 100 + 10 * letters.length,
    end: 'done',
    tokens,
    text: letters,
    finishReason: 'length',
    completionTokens: letters.length,
    ...changed,
  };
}

function tokensOf(letters: string): readonly string[] {
  return [...letters].map((letter) => Buffer.from(letter).toString('hex'));
}
