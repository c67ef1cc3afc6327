/** Many short requests at once, a third of them given up at a random moment, each in one of the ways in which that happens. */

import { setImmediate } from 'node:timers/promises';
import { expect } from 'vitest';
import type { GenerateFrame, GenerateRequest } from '../../../../src/rpc/contract/generate.ts';
import { generate } from '../../../../src/worker/generation/generate.ts';
import { createRandom, type Random } from '../../../../src/worker/sampling/random.ts';
import { until } from '../../rpc/until.ts';
import { freeSequences } from '../scheduling/watched-runner.ts';
import { answerOf, checkedAnswer, collect, optionsOf, requestOf } from './ask.ts';
import type { TinyModel } from './tiny-model.ts';

const kinds = 24;
/** At a time: three for each sequence. */
const atOnce = 12;

const requestOfKind = (kind: number): GenerateRequest =>
  requestOf({
    messages: [{ role: 'user', content: 'The capital of France '.slice(0, 4 + (kind % 6) * 3) }],
    priority: (kind % 3) - 1,
    sampling: {
      maxTokens: 2 + (kind % 5),
      temperature: kind % 4 === 0 ? 0 : 1,
      seed: kind,
      ...(kind % 5 === 0 ? { stop: ['e☃'], repetitionPenalty: 1.2 } : {}),
      ...(kind % 7 === 0 ? { logprobs: 2 } : {}),
    },
  });

export class ManyRequests {
  readonly #model: TinyModel;
  readonly #random: Random;
  /** What each kind of request is answered alone. */
  readonly #alone: readonly (readonly number[])[];
  readonly counts = { answered: 0, givenUp: 0 };

  private constructor(model: TinyModel, options: { random: Random; alone: readonly (readonly number[])[] }) {
    this.#model = model;
    this.#random = options.random;
    this.#alone = options.alone;
  }

  static async open(model: TinyModel, seed: number): Promise<ManyRequests> {
    const alone = [];
    for (let kind = 0; kind < kinds; kind++) alone.push((await answerOf(model, requestOfKind(kind))).ids);
    return new ManyRequests(model, { random: createRandom(seed), alone });
  }

  async run(requests: number): Promise<void> {
    let left = requests;
    const oneAfterTheOther = async () => {
      while (left-- > 0) await this.#ask();
    };
    await Promise.all(Array.from({ length: atOnce }, oneAfterTheOther));
    const { scheduler, runner } = this.#model;
    await until(
      'the scheduler to be idle',
      () => scheduler.counts.running + scheduler.counts.waiting === 0,
      () => scheduler.counts,
    );
    expect(scheduler.counts).toMatchObject({ running: 0, waiting: 0, reservedPositions: 0 });
    expect(freeSequences(runner)).toBe(runner.sequencesMax);
  }

  async #ask(): Promise<void> {
    const kind = Math.floor(this.#random.next() * kinds);
    const controller = new AbortController();
    const answer = generate(this.#model, requestOfKind(kind), optionsOf({ signal: controller.signal }));
    if (this.#random.next() > 1 / 3) {
      const { ids } = checkedAnswer(await collect(answer));
      expect(ids).toEqual(this.#alone[kind]);
      this.counts.answered += 1;
    } else {
      await this.#giveUp(answer, controller);
      this.counts.givenUp += 1;
    }
  }

  async #giveUp(answer: AsyncGenerator<GenerateFrame, void>, controller: AbortController): Promise<void> {
    const moment = Math.floor(this.#random.next() * 12);
    if (this.#random.next() < 0.5) {
      // The reader leaves, after some frames or before the first.
      for (let frame = 0; frame < moment % 4; frame++) await answer.next();
      await answer.return();
      return;
    }
    const read = collect(answer).catch((error: unknown) => {
      expect(error).toMatchObject({ code: 'RPC_CANCELLED' });
    });
    for (let turn = 0; turn < moment; turn++) await setImmediate();
    controller.abort();
    await read;
  }
}
