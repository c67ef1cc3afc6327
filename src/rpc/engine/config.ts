/** What the engine program reads from its environment and from its run directory. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { integerText } from '../contract/integer-text.ts';
import { ports } from '../contract/ports.ts';
import { DrydockError } from '../errors.ts';

export interface EngineConfig {
  readonly nodeId: string;
  readonly availabilityZone: string;
  readonly environment: string;
  readonly host: string;
  readonly workersPort: number;
  readonly gatewaysPort: number;
}

/** 0: any that is free. */
const port = (fallback: number) => integerText(0, 65_535).default(fallback);

const environmentSchema = z.object({
  DRYDOCK_ENVIRONMENT: z.string().min(1),
  DRYDOCK_RUN_DIR: z.string().min(1).default('/run/drydock'),
  DRYDOCK_ENGINE_HOST: z.string().min(1).default('0.0.0.0'),
  DRYDOCK_ENGINE_WORKERS_PORT: port(ports.engineForWorkers),
  DRYDOCK_ENGINE_GATEWAYS_PORT: port(ports.engineForGateways),
});

/** @throws DrydockError RPC_CONFIG_INVALID */
export function readEngineConfig(environment: NodeJS.ProcessEnv = process.env): EngineConfig {
  const parsed = environmentSchema.safeParse(environment);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw new DrydockError(
      'RPC_CONFIG_INVALID',
      `could not read ${issue?.path.join('.')}: ${issue?.message}; correct it in the engine's environment`,
    );
  }
  const values = parsed.data;
  return Object.freeze({
    nodeId: readRunFile(values.DRYDOCK_RUN_DIR, 'node-id'),
    availabilityZone: readRunFile(values.DRYDOCK_RUN_DIR, 'availability-zone'),
    environment: values.DRYDOCK_ENVIRONMENT,
    host: values.DRYDOCK_ENGINE_HOST,
    workersPort: values.DRYDOCK_ENGINE_WORKERS_PORT,
    gatewaysPort: values.DRYDOCK_ENGINE_GATEWAYS_PORT,
  });
}

function readRunFile(directory: string, name: string): string {
  const path = join(directory, name);
  try {
    return readFileSync(path, 'utf8').trim();
  } catch (cause) {
    throw new DrydockError(
      'RPC_CONFIG_INVALID',
      `could not read ${path}: the file is not there or not readable; set DRYDOCK_RUN_DIR to a directory that has it`,
      { cause },
    );
  }
}
