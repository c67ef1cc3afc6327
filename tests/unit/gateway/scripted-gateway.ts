/** The gateway's own program with a scripted worker side. Runs on Node and on Bun; limits come as JSON in the environment. */

import { defaultLimits } from '../../../src/gateway/limits.ts';
import { listenOnBun } from '../../../src/gateway/runtime/listen-bun.ts';
import { listenOnNode } from '../../../src/gateway/runtime/listen-node.ts';
import { runGateway } from '../../../src/gateway/runtime/run-gateway.ts';
import { scriptedInference } from './scripted-inference.ts';

await runGateway({
  listen: 'bun' in process.versions ? listenOnBun : listenOnNode,
  connect: ({ logger }) => scriptedInference({ logger, workers: Number(process.env.SCRIPTED_WORKERS ?? 1) }),
  limits: { ...defaultLimits, ...JSON.parse(process.env.SCRIPTED_LIMITS ?? '{}') },
});
