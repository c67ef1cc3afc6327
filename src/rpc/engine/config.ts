/** What the engine program reads from its environment and from its run directory. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { integerText } from '../contract/integer-text.ts';
import { ports } from '../contract/ports.ts';
import { DrydockError } from '../errors.ts';
import type { LostRepliesOptions } from './lost-replies.ts';
import { type EngineMode, engineModes } from './mode.ts';

export interface EngineConfig {
  readonly nodeId: string;
  readonly availabilityZone: string;
  readonly environment: string;
  readonly host: string;
  readonly workersPort: number;
  readonly gatewaysPort: number;
  /** Which release of iii it behaves like, and which of that one's weaknesses it has. */
  readonly behaviour: {
    readonly mode: EngineMode;
    readonly burstDelay: boolean;
    readonly lostReplies?: LostRepliesOptions;
  };
  readonly logLevel: 'info' | 'debug';
  readonly authPort: number;
  /** `none`: whoever connects is what its listener is for, and nothing proves which one. For runs by hand. */
  readonly credentials: 'required' | 'none';
  readonly runDirectory: string;
}

/** 0: any that is free. */
const port = (fallback: number) => integerText(0, 65_535).default(fallback);

const perThousand = z
  .string()
  .regex(/^(1000|\d{1,3}(\.\d{1,3})?)$/, {
    error: 'is not a number from 0 to 1000, with three decimals at most',
  })
  .transform(Number);

const environmentSchema = z.object({
  DRYDOCK_ENVIRONMENT: z.string().min(1),
  DRYDOCK_RUN_DIR: z.string().min(1).default('/run/drydock'),
  DRYDOCK_ENGINE_HOST: z.string().min(1).default('0.0.0.0'),
  DRYDOCK_ENGINE_WORKERS_PORT: port(ports.engineForWorkers),
  DRYDOCK_ENGINE_GATEWAYS_PORT: port(ports.engineForGateways),
  DRYDOCK_ENGINE_MODE: z.enum(engineModes).default('0.22'),
  DRYDOCK_ENGINE_LOST_REPLIES: perThousand.optional(),
  DRYDOCK_ENGINE_SEED: integerText(0, 999_999_999).default(1),
  DRYDOCK_ENGINE_BURST_DELAY: z.enum(['true', 'false']).default('false'),
  DRYDOCK_ENGINE_AUTH_PORT: port(ports.engineForAuth),
  DRYDOCK_ENGINE_CREDENTIALS: z.enum(['required', 'none']).default('required'),
  DRYDOCK_ENGINE_LOG_LEVEL: z.enum(['info', 'debug']).default('info'),
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
    behaviour: {
      mode: values.DRYDOCK_ENGINE_MODE,
      burstDelay: values.DRYDOCK_ENGINE_BURST_DELAY === 'true',
      ...(values.DRYDOCK_ENGINE_LOST_REPLIES !== undefined && {
        lostReplies: { seed: values.DRYDOCK_ENGINE_SEED, perThousand: values.DRYDOCK_ENGINE_LOST_REPLIES },
      }),
    },
    logLevel: values.DRYDOCK_ENGINE_LOG_LEVEL,
    authPort: values.DRYDOCK_ENGINE_AUTH_PORT,
    credentials: values.DRYDOCK_ENGINE_CREDENTIALS,
    runDirectory: values.DRYDOCK_RUN_DIR,
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
