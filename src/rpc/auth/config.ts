/** What the auth program reads from its environment (docs/launch-contract.md), once. */
import { z } from 'zod';
import { integerText } from '../contract/integer-text.ts';
import { ports } from '../contract/ports.ts';
import { DrydockError } from '../errors.ts';

export interface AuthConfig {
  readonly environment: string;
  readonly runDirectory: string;
  readonly port: number;
}

const environmentSchema = z.object({
  DRYDOCK_ENVIRONMENT: z.string().min(1),
  DRYDOCK_RUN_DIR: z.string().min(1).default('/run/drydock'),
  DRYDOCK_ENGINE_AUTH_PORT: integerText(1, 65_535).default(ports.engineForAuth),
});

/** @throws DrydockError RPC_CONFIG_INVALID */
export function readAuthConfig(environment: NodeJS.ProcessEnv = process.env): AuthConfig {
  const parsed = environmentSchema.safeParse(environment);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw new DrydockError(
      'RPC_CONFIG_INVALID',
      `could not read ${issue?.path.join('.')}: ${issue?.message}; correct it in the environment of rpc-auth`,
    );
  }
  return Object.freeze({
    environment: parsed.data.DRYDOCK_ENVIRONMENT,
    runDirectory: parsed.data.DRYDOCK_RUN_DIR,
    port: parsed.data.DRYDOCK_ENGINE_AUTH_PORT,
  });
}
