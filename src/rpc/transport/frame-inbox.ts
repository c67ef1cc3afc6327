/**
 * What has arrived of one generation and was not consumed yet, in order and bounded. Frames come first, then the end,
 * once. A gap or a repetition in `seq`, an end that counts other tokens than came, an unreadable message or a consumer
 * that is too slow are ends too.
 */
import { type GenerateFrame, generateFrameSchema } from '../contract/generate.ts';
import { DrydockError } from '../errors.ts';

export type InboxItem =
  | { readonly frame: GenerateFrame }
  | { readonly end: 'terminal' }
  | { readonly failure: DrydockError };

export const inboxFramesMax = 4096;

export class FrameInbox {
  readonly #frames: GenerateFrame[] = [];
  #end: InboxItem | undefined;
  #nextSeq = 0;
  #tokens = 0;
  #wake: (() => void) | undefined;
  readonly #onFailure: (failure: DrydockError) => void;

  /** @param onFailure told at once, for the consumer may not come back for it. */
  constructor(onFailure: (failure: DrydockError) => void) {
    this.#onFailure = onFailure;
  }

  /** A terminal frame has arrived, or it is known that none will. */
  get isEnded(): boolean {
    return this.#end !== undefined;
  }

  /** @param text one message of the channel. */
  push(text: string): void {
    if (this.isEnded) return;
    const frame = parseFrame(text);
    if (frame === undefined) {
      this.fail(frameInvalid('a message is not a frame'));
    } else if ('seq' in frame && frame.seq !== this.#nextSeq) {
      this.fail(frameInvalid(`frame ${frame.seq} came where ${this.#nextSeq} was due`));
    } else if ('done' in frame && frame.done.usage.completionTokens !== this.#tokens) {
      // The last frame has no successor whose `seq` would tell that it was lost.
      const { completionTokens } = frame.done.usage;
      this.fail(frameInvalid(`${this.#tokens} tokens came where ${completionTokens} were sent`));
    } else if (this.#frames.length >= inboxFramesMax) {
      this.fail(
        new DrydockError(
          'RPC_CONSUMER_TOO_SLOW',
          `could not hold the generation: ${inboxFramesMax} frames wait to be read; read faster or ask for less`,
        ),
      );
    } else {
      this.#nextSeq += 1;
      if ('seq' in frame) this.#tokens += frame.tokens ?? frame.ids.length;
      this.#frames.push(frame);
      if (!('seq' in frame)) this.#end = { end: 'terminal' };
      this.#wake?.();
    }
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

function frameInvalid(reason: string): DrydockError {
  return new DrydockError(
    'RPC_FRAME_INVALID',
    `could not follow the generation: ${reason}; send the request again`,
  );
}
