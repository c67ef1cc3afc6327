/**
 * What has arrived of one generation and was not consumed yet, in order and bounded. Frames come first, then the end,
 * once. A gap or a repetition in `seq`, an end that counts other tokens than came and an unreadable message are ends that
 * another attempt can repair; a consumer that is too slow is the end of all.
 */
import { type GenerateFrame, generateFrameSchema } from '../contract/generate.ts';
import { DrydockError, type RpcErrorCode } from '../errors.ts';
import { AttemptFailure } from './attempt-failure.ts';

export type InboxItem =
  | { readonly frame: GenerateFrame }
  | { readonly end: 'terminal' }
  | { readonly failure: DrydockError };

export interface FrameInboxOptions {
  /** Told at once, for the consumer may not come back for it. */
  readonly onFailure: (failure: DrydockError) => void;
  /** What the caller has of the answer already. Default 0. */
  readonly tokensBefore?: number;
}

export const inboxFramesMax = 4096;

export class FrameInbox {
  readonly #frames: GenerateFrame[] = [];
  #end: InboxItem | undefined;
  #nextSeq = 0;
  /** Of the whole answer. */
  #tokens: number;
  #wake: (() => void) | undefined;
  readonly #onFailure: (failure: DrydockError) => void;

  constructor({ onFailure, tokensBefore = 0 }: FrameInboxOptions) {
    this.#onFailure = onFailure;
    this.#tokens = tokensBefore;
  }

  /** A terminal frame has arrived, or it is known that none will. */
  get isEnded(): boolean {
    return this.#end !== undefined;
  }

  /** @param text one message of the channel. @returns how many tokens it brought. */
  push(text: string): number {
    if (this.isEnded) return 0;
    const frame = parseFrame(text);
    const complaint = frame === undefined ? 'a message is not a frame' : this.#complaintOf(frame);
    if (frame === undefined || complaint !== undefined) {
      // What came before it is whole.
      this.end(new AttemptFailure('frames', frameInvalid(complaint ?? '')));
      return 0;
    }
    if (this.#frames.length >= inboxFramesMax) {
      this.fail(
        new DrydockError(
          'RPC_CONSUMER_TOO_SLOW',
          `could not hold the generation: ${inboxFramesMax} frames wait to be read; read faster or ask for less`,
        ),
      );
      return 0;
    }
    const tokens = 'seq' in frame ? (frame.tokens ?? frame.ids.length) : 0;
    this.#nextSeq += 1;
    this.#tokens += tokens;
    this.#frames.push(frame);
    if (!('seq' in frame)) this.#end = { end: 'terminal' };
    this.#wake?.();
    return tokens;
  }

  #complaintOf(frame: GenerateFrame): string | undefined {
    if ('seq' in frame && frame.seq !== this.#nextSeq) {
      return `frame ${frame.seq} came where ${this.#nextSeq} was due`;
    }
    // The last frame has no successor whose `seq` would tell that it was lost.
    if ('done' in frame && frame.done.usage.completionTokens !== this.#tokens) {
      return `${this.#tokens} tokens came where ${frame.done.usage.completionTokens} were sent`;
    }
    return undefined;
  }

  /** Frames that arrived before it are still delivered. The first end counts. */
  end(failure: DrydockError): void {
    if (this.#end !== undefined) return;
    this.#end = { failure };
    this.#onFailure(failure);
    this.#wake?.();
  }

  /** As `end`, but nothing more is delivered. */
  fail(failure: DrydockError): void {
    if (this.#end !== undefined) return;
    this.#frames.length = 0;
    this.end(failure);
  }

  /** One reader at a time. */
  async next(): Promise<InboxItem> {
    for (;;) {
      const frame = this.#frames.shift();
      if (frame !== undefined) return { frame };
      if (this.#end !== undefined) return this.#end;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      this.#wake = undefined;
    }
  }
}

function parseFrame(text: string): GenerateFrame | undefined {
  try {
    return generateFrameSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

function frameInvalid(reason: string): DrydockError<RpcErrorCode> {
  return new DrydockError(
    'RPC_FRAME_INVALID',
    `could not follow the generation: ${reason}; send the request again`,
  );
}
