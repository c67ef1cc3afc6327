/** Our gateway as production runs it, but for the way to what answers: plain HTTP. Argument: the upstream's address. */
import { listenOnBun } from '../../src/gateway/runtime/listen-bun.ts';
import { runGateway } from '../../src/gateway/runtime/run-gateway.ts';
import { directInference } from './direct-inference.ts';

const [upstreamUrl = ''] = process.argv.slice(2);
await runGateway({ listen: listenOnBun, connect: () => directInference(upstreamUrl) });
