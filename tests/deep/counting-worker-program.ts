/** A worker without a model, as a program of its own: it counts, at a pace. Its environment is that of a worker, and how it counts. */

import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { type GenerateHandler, parseEngines, serveInference } from '../../src/rpc/index.ts';

const environment = z
  .object({
    DRYDOCK_ENGINES: z.string(),
    COUNT_SLOTS: z.coerce.number().int().positive(),
    COUNT_TOKENS: z.coerce.number().int().positive(),
    COUNT_TOKEN_MS: z.coerce.number().positive(),
  })
  .parse(process.env);
const { COUNT_SLOTS: slots, COUNT_TOKENS: tokens, COUNT_TOKEN_MS: tokenMs } = environment;

const count: GenerateHandler = async function* count(_request, { signal }) {
  for (let seq = 0; seq < tokens; seq += 1) {
    await delay(tokenMs, undefined, { signal });
    yield { seq, ids: [seq], text: `${seq} ` };
  }
  yield { done: { finishReason: 'stop', usage: { promptTokens: 1, completionTokens: tokens } } };
};

const worker = serveInference({
  // Every address says its port.
  engines: parseEngines(environment.DRYDOCK_ENGINES, 1),
  info: {
    ...{ kind: 'infer', workerId: 'counter', availabilityZone: 'zone-a', slots },
    models: [{ name: 'counter', contextTokensMax: 128 }],
  },
  handler: count,
  logger: { info: () => undefined, warn: () => undefined },
});
await worker.registered;
process.stderr.write(`${JSON.stringify({ event: 'ready' })}\n`);
