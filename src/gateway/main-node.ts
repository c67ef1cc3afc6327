/** The gateway on Node. */

import { connectInference } from '../rpc/index.ts';
import { listenOnNode } from './runtime/listen-node.ts';
import { runGateway } from './runtime/run-gateway.ts';

await runGateway({ listen: listenOnNode, connect: connectInference });
