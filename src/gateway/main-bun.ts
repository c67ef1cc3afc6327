/** The gateway on Bun, as production runs it. */

import { connectInference } from '../rpc/index.ts';
import { listenOnBun } from './runtime/listen-bun.ts';
import { runGateway } from './runtime/run-gateway.ts';

await runGateway({ listen: listenOnBun, connect: connectInference });
