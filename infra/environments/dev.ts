/** Two zones, one gateway, two workers: the smallest deployment in which every part but the gateway has a twin. */
import { parseEnvironment } from '../environment.ts';

export const dev = parseEnvironment({
  name: 'dev',
  region: 'eu-west-1',
  vpcCidr: '10.0.0.0/16',
  zones: [
    {
      name: 'eu-west-1a',
      publicCidr: '10.0.0.0/24',
      privateCidr: '10.0.10.0/24',
      engineAddress: '10.0.10.10',
    },
    {
      name: 'eu-west-1b',
      publicCidr: '10.0.1.0/24',
      privateCidr: '10.0.11.0/24',
      engineAddress: '10.0.11.10',
    },
  ],
  machineImageParameter: '/drydock/dev/machine-image',
  modelBucket: 'drydock-dev-models',
  model: 'gemma-3-270m-it',
  apiKeysSecret: 'drydock/dev/api-keys',
  credentialSecrets: {
    gateway: 'drydock/dev/gateway-signing-key',
    worker: 'drydock/dev/worker-signing-key',
  },
  verifyKeysParameters: {
    gateway: '/drydock/dev/gateway-verify-keys',
    worker: '/drydock/dev/worker-verify-keys',
  },
  gateway: {
    instanceType: 't4g.small',
    image: 'drydock/gateway:0.1.0',
    desired: 1,
    max: 2,
    bodyBytesMax: 1_048_576,
  },
  engine: { instanceType: 't4g.small', image: 'drydock/engine:0.1.0' },
  worker: {
    instanceType: 'c7g.xlarge',
    image: 'drydock/worker:0.1.0',
    desired: 2,
    max: 4,
    slots: 4,
    threads: 2,
    contextTokens: 8_192,
  },
});
