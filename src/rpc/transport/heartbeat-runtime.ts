/**
 * Asks the workers how they are, over every route, when a question is due. What they answer is their load; that they
 * answer is the route's life.
 * All due questions of a tick leave together. Where the receiving host has no `quickack` on its route, the engine's second
 * small frame to it waits some 41 ms for a delayed acknowledgement, which is nothing against the time that an answer has.
 */
import { functionIds, type WorkerHealth, workerHealthSchema } from '../contract/worker.ts';
import type { RpcLogger } from '../inference.ts';
import type { Route } from '../routing/route.ts';
import type { RouteTable } from '../routing/route-table.ts';
import type { EngineLink } from './engine-link-runtime.ts';
import { callErrorCode, inTime } from './in-time.ts';

export interface HeartbeatsOptions {
  readonly table: RouteTable<EngineLink>;
  readonly logger: RpcLogger;
  /** Milliseconds, monotonic. */
  readonly now: () => number;
  /** @param askedAtMs before which the worker may not have known what it was sent. */
  readonly onReport: (route: Route<EngineLink>, health: WorkerHealth, askedAtMs: number) => void;
}

const answerMsMax = 500;
/** An answer that is late still tells that the worker lives. */
const lateAnswerMsMax = 2000;
const questionsMax = 256;

export class Heartbeats {
  readonly #options: HeartbeatsOptions;
  #questions = 0;

  constructor(options: HeartbeatsOptions) {
    this.#options = options;
  }

  /** Sends the questions that are due. */
  beat(): void {
    for (const route of this.#options.table.routes()) {
      if (this.#questions >= questionsMax) return;
      if (route.health.isBeatDue && !route.health.skipBeat()) void this.#ask(route);
    }
  }

  async #ask(route: Route<EngineLink>): Promise<void> {
    const { now } = this.#options;
    const askedAtMs = now();
    this.#questions += 1;
    route.health.asked();
    const call: Promise<unknown> = route.link.client.trigger({
      function_id: functionIds(route.worker.workerId).health,
      payload: {},
      timeoutMs: lateAnswerMsMax,
    });
    const answer = await inTime(call, answerMsMax);
    if (answer === 'late') {
      if (route.health.missed(askedAtMs)) this.#fell(route, 'silent');
      call.then((value) => this.#heard(route, value, askedAtMs)).catch(() => {});
    } else if ('error' in answer) {
      this.#failed(route, answer.error);
    } else {
      this.#heard(route, answer.value, askedAtMs);
    }
    route.health.settled();
    this.#questions -= 1;
  }

  #heard(route: Route<EngineLink>, answer: unknown, askedAtMs: number): void {
    const health = workerHealthSchema.safeParse(answer).data;
    if (health === undefined) {
      this.#failed(route, undefined);
      return;
    }
    // The engine that lists it no more was dropped, and with it the route.
    if (this.#options.table.route(route.link, route.worker.workerId) !== route) return;
    const isNews = route.health.answered();
    if (isNews) this.#options.logger.info(whereOf(route), 'worker found');
    this.#options.onReport(route, health, askedAtMs);
  }

  /** The engine knows no such function, or has lost the connection to the worker; or the answer is no answer. */
  #failed(route: Route<EngineLink>, error: unknown): void {
    const code = callErrorCode(error);
    const isConnectionLost = code === 'invocation_stopped' || code === 'channel_send_failed';
    const hasFallen = route.health.broke();
    // A worker that leaves may end what it runs though its functions are gone.
    if (hasFallen && isConnectionLost) this.#fell(route, code);
    else if (hasFallen) this.#options.logger.info({ ...whereOf(route), reason: code }, 'worker gone');
    if (hasFallen) route.link.askNow();
  }

  #fell(route: Route<EngineLink>, reason: string): void {
    this.#options.logger.warn({ ...whereOf(route), reason }, 'route down');
    route.tellDown();
  }
}

function whereOf({ worker, link }: Route<EngineLink>) {
  return { worker: worker.workerId, engine: link.availabilityZone };
}
