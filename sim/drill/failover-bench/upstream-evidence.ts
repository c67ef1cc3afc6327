/** What is seen of one scenario of the upstream half from outside: by its clients, and by the servers behind the workers. Pure. */
import type { Transcript } from '../transcript.ts';
import type { Attempt } from './behaviour.ts';
import { canonicalText, canonicalTokens } from './canonical-answer.ts';

export interface UpstreamEvidence {
  /** Of every request, in the order in which they were asked. */
  readonly seen: readonly Transcript[];
  /** In the order in which they came, until the last client had its answer. */
  readonly attempts: readonly Attempt[];
  /** The server that was asked first, and misbehaves. Undefined: none was asked. */
  readonly primary: string | undefined;
  readonly startedMs: number;
  /** A healthy request was answered afterwards, or none was due. */
  readonly isAliveAfter: boolean;
  /** The name that requests use. */
  readonly model: string;
  /** How many tokens the prompt has, as each server counts: no two count alike. */
  readonly promptTokens: Readonly<Record<string, number>>;
}

/** An answer as good as if nothing had gone wrong. */
export function isRescued({ end, text, finishReason, completionTokens }: Transcript): boolean {
  return (
    end === 'done' &&
    text === canonicalText &&
    finishReason === 'stop' &&
    completionTokens === canonicalTokens.length
  );
}

export function attemptsOnPrimary({ attempts, primary }: UpstreamEvidence): readonly Attempt[] {
  return attempts.filter(({ server }) => server === primary);
}

/** What no client may see, whatever the scenario. @returns in words; undefined: nothing of it. */
export function outrageOf(seen: Transcript): string | undefined {
  const { end, text, errorCode } = seen;
  switch (end) {
    case 'done':
      if (text !== canonicalText) return 'an answer was not the whole one and looked whole';
      return isRescued(seen) ? undefined : 'an answer was whole, and its end or its usage was not';
    case 'closed':
      return 'an answer ended without [DONE] and without an error';
    case 'broken':
      return 'a connection broke without an error';
    case 'timeout':
      return 'a client waited in vain';
    case 'error':
      if (errorCode === 'not an event') return 'a client got what is no event';
      return canonicalText.startsWith(text) ? undefined : 'tokens were lost or came twice before an error';
    default:
      return end satisfies never;
  }
}
