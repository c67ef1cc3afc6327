import { expect, it } from 'vitest';
import { readConfig } from '../../../src/gateway/config.ts';
import { thrownBy } from './thrown-by.ts';

const least = { DRYDOCK_ENVIRONMENT: 'dev', DRYDOCK_ENGINES: 'eu-west-1a=10.0.10.10,eu-west-1b=10.0.11.10' };

it('reads what the launch contract gives a gateway', () => {
  expect(readConfig({ ...least, DRYDOCK_API_KEYS: 'secretsmanager:drydock/api-keys' })).toEqual({
    environment: 'dev',
    engines: [
      { availabilityZone: 'eu-west-1a', host: '10.0.10.10', port: 49_136 },
      { availabilityZone: 'eu-west-1b', host: '10.0.11.10', port: 49_136 },
    ],
    bodyBytesMax: 1_048_576,
    waits: { queueMsMax: 10_000, resumeMsMax: 20_000 },
    access: { policy: [['api-key']], addresses: {}, isTls: false },
    accessTexts: {},
    drainMs: 20_000,
    runDirectory: '/run/drydock',
    hasCredential: false,
    host: '0.0.0.0',
    port: 443,
    metricsHost: '127.0.0.1',
  });
});

it('takes what replaces a default', () => {
  const config = readConfig({
    ...least,
    DRYDOCK_BODY_BYTES_MAX: '2048',
    DRYDOCK_QUEUE_MS_MAX: '1',
    DRYDOCK_RESUME_MS_MAX: '2',
    DRYDOCK_DRAIN_MS: '3',
    DRYDOCK_TRACES_URL: 'http://127.0.0.1:4318/v1/traces',
    DRYDOCK_TRACES_RATIO: '0.25',
    DRYDOCK_RUN_DIR: '/tmp/run',
    DRYDOCK_GATEWAY_HOST: '::1',
    DRYDOCK_GATEWAY_PORT: '0',
    DRYDOCK_METRICS_HOST: '10.0.0.1',
    DRYDOCK_METRICS_PORT: '9464',
    DRYDOCK_AUTH: 'jwt|api-key',
    DRYDOCK_JWT_ISSUER: 'https://issuer.example',
    DRYDOCK_JWT_AUDIENCE: 'drydock',
    DRYDOCK_JWT_JWKS_URL: 'https://issuer.example/jwks',
  });
  expect(config).toMatchObject({ metricsHost: '10.0.0.1', metricsPort: 9464 });
  expect(config).toMatchObject({ bodyBytesMax: 2048, runDirectory: '/tmp/run', host: '::1', port: 0 });
  expect(config.waits).toEqual({ queueMsMax: 1, resumeMsMax: 2 });
  expect(config.drainMs).toBe(3);
  expect(config.tracing).toEqual({ url: 'http://127.0.0.1:4318/v1/traces', ratio: 0.25 });
  expect(config.accessTexts).toMatchObject({ DRYDOCK_AUTH: 'jwt|api-key', DRYDOCK_JWT_AUDIENCE: 'drydock' });
  expect(config.access).toMatchObject({
    policy: [['jwt'], ['api-key']],
    jwt: { issuer: 'https://issuer.example', algorithms: ['RS256', 'ES256'] },
  });
  expect(Object.isFrozen(config)).toBe(true);
});

it.each([
  ['DRYDOCK_ENVIRONMENT', undefined],
  ['DRYDOCK_ENVIRONMENT', ''],
  ['DRYDOCK_ENGINES', undefined],
  ['DRYDOCK_ENGINES', ''],
  ['DRYDOCK_ENGINES', '10.0.0.1'],
  ['DRYDOCK_API_KEYS', 'sk-by-value'],
  ['DRYDOCK_API_KEYS', 'secretsmanager:'],
  ['DRYDOCK_BODY_BYTES_MAX', '0'],
  ['DRYDOCK_BODY_BYTES_MAX', '-1'],
  ['DRYDOCK_BODY_BYTES_MAX', '1MB'],
  ['DRYDOCK_BODY_BYTES_MAX', '1e3'],
  ['DRYDOCK_BODY_BYTES_MAX', '67108865'],
  ['DRYDOCK_QUEUE_MS_MAX', '0'],
  ['DRYDOCK_RESUME_MS_MAX', '600001'],
  ['DRYDOCK_DRAIN_MS', '3600001'],
  ['DRYDOCK_AUTH', ''],
  ['DRYDOCK_AUTH', 'none'],
  ['DRYDOCK_AUTH', 'api-key|'],
  ['DRYDOCK_JWT_JWKS_URL', 'http://issuer.example/jwks'],
  ['DRYDOCK_ALLOWED_ADDRESSES', ''],
  ['DRYDOCK_ALLOWED_ADDRESSES', '10.0.0.0/33'],
  ['DRYDOCK_TRUSTED_PROXIES', '10.0.0.0/8,proxy.example'],
  ['DRYDOCK_TLS', 'yes'],
  ['DRYDOCK_CLIENT_CERTIFICATE_FIELD', 'a b'],
  ['DRYDOCK_JWT_JWKS_URL', 'issuer'],
  ['DRYDOCK_JWT_ALGORITHMS', 'HS256'],
  ['DRYDOCK_JWT_ALGORITHMS', 'none'],
  ['DRYDOCK_JWT_ALGORITHMS', ''],
  ['DRYDOCK_RUN_DIR', ''],
  ['DRYDOCK_GATEWAY_HOST', ''],
  ['DRYDOCK_GATEWAY_PORT', '65536'],
  ['DRYDOCK_GATEWAY_PORT', ''],
  ['DRYDOCK_AUDIT_SPOOL', ''],
  ['DRYDOCK_AUDIT_STORE', '/by/path'],
  ['DRYDOCK_AUDIT_KEY', 'sk-by-value'],
  ['DRYDOCK_AUDIT_ON_FAILURE', 'ignore'],
  ['DRYDOCK_AUDIT_FSYNC', 'often'],
  ['DRYDOCK_AUDIT_PROMPTS', 'yes'],
  ['DRYDOCK_TRACES_URL', 'collector:4318'],
  ['DRYDOCK_TRACES_URL', 'http://user:sk-by-value@collector/v1/traces'],
  ['DRYDOCK_TRACES_RATIO', '1.5'],
  ['DRYDOCK_METRICS_HOST', ''],
  ['DRYDOCK_METRICS_PORT', '65536'],
])('refuses %s = %j by its name', (key, value) => {
  const error = thrownBy(() => readConfig({ ...least, [key]: value }));
  expect(error).toMatchObject({
    code: expect.stringMatching(/^(GATEWAY|RPC)_CONFIG_INVALID$/),
    message: expect.stringContaining(key),
  });
  expect(String(error)).not.toContain('sk-by-value');
});

it.each([
  [{ DRYDOCK_AUTH: 'jwt', DRYDOCK_JWT_AUDIENCE: 'drydock' }, 'DRYDOCK_JWT_ISSUER, DRYDOCK_JWT_JWKS_URL'],
  [{ DRYDOCK_AUTH: 'certificate' }, 'DRYDOCK_TLS'],
  [
    { DRYDOCK_AUTH: 'certificate', DRYDOCK_CLIENT_CERTIFICATE_FIELD: 'client-cert' },
    'DRYDOCK_TRUSTED_PROXIES',
  ],
])('names what %j needs and that is not there', (environment, keys) => {
  const error = thrownBy(() => readConfig({ ...least, ...environment }));
  expect(error).toMatchObject({
    code: 'GATEWAY_CONFIG_INVALID',
    message: expect.stringContaining(`${keys} is missing`),
  });
});
