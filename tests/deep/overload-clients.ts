/** Clients of a gateway that come whether or not it keeps up, some of which leave before their answer is there. */

import { Agent, request } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { authorization } from '../unit/gateway/gateway-program.ts';

export interface Outcome {
  /** 0: no answer began. */
  readonly status: number;
  readonly hasLeft: boolean;
  readonly isWhole: boolean;
  /** Milliseconds from the first token to the last, of a whole answer. */
  readonly paceMs: number | undefined;
  readonly text: string;
}

export interface OverloadOptions {
  readonly port: number;
  readonly requests: number;
  /** Milliseconds between one and the next. */
  readonly everyMs: number;
  /** On their way at once, at most. */
  readonly clientsMax: number;
  /** From 0 to 1. */
  readonly random: () => number;
  /** Share of those that leave, at some moment within `leaveWithinMs`. */
  readonly leaving: number;
  readonly leaveWithinMs: number;
  readonly onOutcome: (outcome: Outcome, index: number) => void;
}

export async function overload(options: OverloadOptions): Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: options.clientsMax });
  const running = new Set<Promise<void>>();
  const startedMs = performance.now();
  for (let index = 0; index < options.requests; index += 1) {
    const dueMs = startedMs + index * options.everyMs - performance.now();
    if (dueMs > 1) await delay(dueMs);
    while (running.size >= options.clientsMax) await Promise.race(running);
    const isLeaving = options.random() < options.leaving;
    const leaveAfterMs = isLeaving ? options.random() * options.leaveWithinMs : undefined;
    const one: Promise<void> = ask(options.port, { agent, leaveAfterMs, isStream: index % 4 !== 0 }).then(
      (outcome) => {
        running.delete(one);
        options.onOutcome(outcome, index);
      },
    );
    running.add(one);
  }
  await Promise.all(running);
  agent.destroy();
}

interface AskOptions {
  readonly agent: Agent;
  readonly leaveAfterMs: number | undefined;
  readonly isStream: boolean;
}

export function ask(port: number, { agent, leaveAfterMs, isStream }: AskOptions): Promise<Outcome> {
  return new Promise((resolve) => {
    const body = JSON.stringify({
      model: 'counter',
      messages: [{ role: 'user', content: 'count' }],
      stream: isStream,
    });
    const outcome = { status: 0, text: '', firstMs: 0, lastMs: 0 };
    let hasLeft = false;
    const sent = request({
      ...{ port, host: '127.0.0.1', method: 'POST', path: '/v1/chat/completions', agent },
      headers: { authorization, 'content-type': 'application/json', 'content-length': body.length },
    });
    const timer = leaveAfterMs === undefined ? undefined : setTimeout(leave, leaveAfterMs);
    function leave(): void {
      hasLeft = true;
      sent.destroy();
    }
    function end(): void {
      clearTimeout(timer);
      const { status, text, firstMs, lastMs } = outcome;
      const isWhole = status === 200 && (isStream ? text.endsWith('data: [DONE]\n\n') : text.endsWith('}'));
      const paceMs = isWhole && isStream ? lastMs - firstMs : undefined;
      resolve({ status, hasLeft, isWhole, paceMs, text });
    }
    sent.on('response', (answer) => {
      outcome.status = answer.statusCode ?? 0;
      answer.setEncoding('utf8').on('data', (chunk: string) => {
        outcome.text += chunk;
        if (!/"content":"\d/.test(chunk)) return;
        outcome.lastMs = performance.now();
        outcome.firstMs ||= outcome.lastMs;
      });
      answer.on('close', end);
      answer.on('error', () => {});
    });
    sent.on('error', () => {
      if (outcome.status === 0) end();
    });
    sent.end(body);
  });
}
