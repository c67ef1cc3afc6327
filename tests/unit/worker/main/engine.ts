/** The embedded engine as a program, and a client of it in this process. */

import type { InferenceClient } from '../../../../src/rpc/inference.ts';
import { connectInference } from '../../../../src/rpc/transport/client-runtime.ts';
import { Program } from './program.ts';
import type { RunDirectory } from './run-directory.ts';

/** Nothing listens there. */
export const deadEngine = 'eu-west-1b=127.0.0.1:9';

export interface StartedEngine extends AsyncDisposable {
  /** For DRYDOCK_ENGINES of a worker. */
  readonly engines: string;
  connectClient(): InferenceClient;
}

export async function startEngine(run: RunDirectory): Promise<StartedEngine> {
  const program = new Program('src/rpc/engine/main.ts', {
    DRYDOCK_ENVIRONMENT: 'dev',
    DRYDOCK_RUN_DIR: run.path,
    DRYDOCK_ENGINE_HOST: '127.0.0.1',
    DRYDOCK_ENGINE_WORKERS_PORT: '0',
    DRYDOCK_ENGINE_GATEWAYS_PORT: '0',
    DRYDOCK_ENGINE_CREDENTIALS: 'none',
  });
  const { workersPort, gatewaysPort } = await program.logged('ready');
  return {
    engines: `eu-west-1a=127.0.0.1:${workersPort}`,
    connectClient: () =>
      connectInference({
        engines: [{ availabilityZone: 'eu-west-1a', host: '127.0.0.1', port: Number(gatewaysPort) }],
        clientName: 'test',
        limits: { resumeMsMax: 300 },
        logger: { info: () => undefined, warn: () => undefined },
      }),
    [Symbol.asyncDispose]: () => program[Symbol.asyncDispose](),
  };
}
