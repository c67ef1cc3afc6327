/**
 * The gateway's own program with a scripted worker side. Runs on Node and on Bun; limits come as JSON in the environment, and how long it
 * takes to connect: until `SIGTERM`, or for `ever`.
 */

import { once } from 'node:events';
import { defaultLimits } from '../../../src/gateway/limits.ts';
import { listenOnBun } from '../../../src/gateway/runtime/listen-bun.ts';
import { listenOnNode } from '../../../src/gateway/runtime/listen-node.ts';
import { runGateway } from '../../../src/gateway/runtime/run-gateway.ts';
import { scriptedInference } from './scripted-inference.ts';

await runGateway({
  listen: 'bun' in process.versions ? listenOnBun : listenOnNode,
  async connect({ logger }) {
    const { SCRIPTED_CONNECT: until } = process.env;
    if (until !== undefined) logger.info({ event: 'scripted-connecting' }, 'a scripted connection');
    // As sockets do: with nothing that is open Node ends by itself.
    const open = until === undefined ? undefined : setInterval(() => {}, 1_000);
    if (until === 'SIGTERM') await once(process, 'SIGTERM');
    if (until === 'ever') await new Promise(() => {});
    clearInterval(open);
    const inference = scriptedInference({ logger, workers: Number(process.env.SCRIPTED_WORKERS ?? 1) });
    return {
      ...inference,
      [Symbol.asyncDispose]: async () => {
        if (until !== undefined) logger.info({ event: 'scripted-disposed' }, 'a scripted connection ended');
        await inference[Symbol.asyncDispose]();
      },
    };
  },
  limits: { ...defaultLimits, ...JSON.parse(process.env.SCRIPTED_LIMITS ?? '{}') },
});
