/**
 * Stands in for the iii binary where the tests of a real engine are tried out themselves: the embedded engine, started as
 * iii is, by `--config` with a file of iii's own form.
 */
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { startEngine } from '../../../../src/rpc/engine/engine-runtime.ts';
import { engineModes } from '../../../../src/rpc/engine/mode.ts';

const text = z.string().optional();
const managerSchema = z.strictObject({
  host: z.string(),
  port: z.int(),
  handshake_timeout_ms: z.int().optional(),
  middleware_function_id: text,
  rbac: z
    .strictObject({
      auth_function_id: text,
      expose_functions: z.array(z.string().regex(/^match\(".*"\)$/)),
      on_function_registration_function_id: text,
      on_trigger_registration_function_id: text,
      on_trigger_type_registration_function_id: text,
    })
    .optional(),
});
const configSchema = z.object({ workers: z.array(z.object({ name: z.string(), config: z.unknown() })) });

const { values } = parseArgs({ options: { config: { type: 'string', default: 'config.yaml' } } });
const { workers } = configSchema.parse(JSON.parse(readFileSync(values.config, 'utf8')));
const managers = workers
  .filter(({ name }) => name === 'iii-worker-manager')
  .map(({ config }) => managerSchema.parse(config));

const engine = await startEngine({
  mode: z.enum(engineModes).parse(process.env.III_STAND_IN_MODE ?? '0.22'),
  burstDelay: true,
  registrationGraceMs: Number(process.env.III_NAMESPACE_GRACE_MS ?? 5000),
  listeners: managers.map(({ host, port, middleware_function_id: middleware, rbac }) => ({
    host,
    port,
    ...(middleware !== undefined && { middlewareFunctionId: middleware }),
    ...(rbac !== undefined && {
      rbac: {
        exposeFunctions: rbac.expose_functions.map((filter) => filter.slice('match("'.length, -'")'.length)),
        ...given('authFunctionId', rbac.auth_function_id),
        ...given('onFunctionRegistrationFunctionId', rbac.on_function_registration_function_id),
        ...given('onTriggerRegistrationFunctionId', rbac.on_trigger_registration_function_id),
        ...given('onTriggerTypeRegistrationFunctionId', rbac.on_trigger_type_registration_function_id),
      },
    }),
  })),
});
process.once('SIGTERM', () => {
  void engine[Symbol.asyncDispose]().then(() => process.exit(0));
});

function given<Key extends string>(key: Key, value: string | undefined): { readonly [K in Key]?: string } {
  return value === undefined ? {} : ({ [key]: value } as { readonly [K in Key]?: string });
}
