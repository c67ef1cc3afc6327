/** Three zones, a gateway and two workers in each: any zone may fail, and what remains has more than half of everything. */
import { parseEnvironment } from '../environment.ts';

export const prod = parseEnvironment({
  name: 'prod',
  region: 'eu-west-1',
  vpcCidr: '10.1.0.0/16',
  zones: [
    {
      name: 'eu-west-1a',
      publicCidr: '10.1.0.0/24',
      privateCidr: '10.1.16.0/22',
      engineAddress: '10.1.16.10',
    },
    {
      name: 'eu-west-1b',
      publicCidr: '10.1.1.0/24',
      privateCidr: '10.1.20.0/22',
      engineAddress: '10.1.20.10',
    },
    {
      name: 'eu-west-1c',
      publicCidr: '10.1.2.0/24',
      privateCidr: '10.1.24.0/22',
      engineAddress: '10.1.24.10',
    },
  ],
  machineImageParameter: '/drydock/prod/machine-image',
  modelBucket: 'drydock-prod-models',
  model: 'gemma-3-270m-it',
  apiKeysSecret: 'drydock/prod/api-keys',
  credentialSecrets: {
    gateway: 'drydock/prod/gateway-signing-key',
    worker: 'drydock/prod/worker-signing-key',
  },
  verifyKeysParameters: {
    gateway: '/drydock/prod/gateway-verify-keys',
    worker: '/drydock/prod/worker-verify-keys',
  },
  gateway: {
    instanceType: 'c7g.large',
    image: 'drydock/gateway:0.1.0',
    desired: 3,
    max: 9,
    bodyBytesMax: 4_194_304,
  },
  engine: { instanceType: 'c7g.medium', image: 'drydock/engine:0.1.0' },
  engineTls: {
    certificateSecret: 'drydock/prod/engine-certificate',
    authoritySecret: 'drydock/prod/engine-authority',
  },
  worker: {
    instanceType: 'c7g.2xlarge',
    image: 'drydock/worker:0.1.0',
    desired: 6,
    max: 24,
    slots: 4,
    threads: 8,
    contextTokens: 8_192,
  },
});
