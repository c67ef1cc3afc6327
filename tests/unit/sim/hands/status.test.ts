import { expect, test } from 'vitest';
import { describeStatus, type Status, statusSchema } from '../../../../sim/hands/status.ts';

const nowMs = 10_000_000;
const status: Status = {
  sinceMs: nowMs - 125_000,
  nowMs,
  terraform: 'main.tf.json',
  apiKeyFile: '/somewhere/.drydock/api-key',
  relays: [{ url: 'http://127.0.0.1:8443', node: 'gateway-0', address: '198.51.100.1', port: 443 }],
  nodes: [
    {
      ...{ id: 'gateway-0', program: 'gateway', availabilityZone: 'eu-west-1a', privateAddress: '10.0.0.20' },
      ...{
        publicAddress: '198.51.100.1',
        state: 'serving',
        sinceMs: nowMs - 3_700_000,
        restarts: 0,
        pid: 12,
      },
    },
    {
      ...{ id: 'worker-0', program: 'worker', availabilityZone: 'eu-west-1b', privateAddress: '10.0.10.20' },
      ...{ state: 'restarting', sinceMs: nowMs - 400, restarts: 2, lastEnd: 'was ended by SIGKILL' },
    },
  ],
  faults: [],
  gateway: { state: 'ready', isReady: true },
};

test('shows programs, entrance and the place of the key as a table', () => {
  expect(describeStatus(status, '77')).toBe(
    `Simulation 77 of main.tf.json, up for 2 min
  http://127.0.0.1:8443 → internet → gateway-0 (198.51.100.1:443)
  API key: in /somewhere/.drydock/api-key

  node       program  zone        address                  state       for       pid  restarts
  gateway-0  gateway  eu-west-1a  10.0.0.20, 198.51.100.1  serving     1 h 1 min  12   0
  worker-0   worker   eu-west-1b  10.0.10.20               restarting  0 s        –    2 (it was ended by SIGKILL)

Gateway, through the entrance: ready

No fault is in force.
`.replace('for       pid', 'for        pid'),
  );
});

test('shows faults with what they hit, and how each heals', () => {
  const fault = {
    kind: 'cut',
    effect: 'cut off',
    hits: ['engine-1', 'worker-1'],
    sinceMs: nowMs - 2_000,
  } as const;
  const faults = [
    { ...fault, hits: [...fault.hits], id: 'f1', target: 'eu-west-1b' },
    { ...fault, hits: ['worker-0'], id: 'f2', target: 'worker-0', untilMs: nowMs + 28_000 },
  ];
  const lines = describeStatus({ ...status, faults }, '77').split('\n');
  expect(lines.slice(lines.indexOf('Faults in force:'))).toStrictEqual([
    'Faults in force:',
    '  id  target      effect   hits                for  heals',
    '  f1  eu-west-1b  cut off  engine-1, worker-1  2 s  ./drydock fault heal f1',
    '  f2  worker-0    cut off  worker-0            2 s  in 28 s',
    '',
  ]);
});

test('shows engines and workers as the gateway sees them, where it tells', () => {
  const route = { engine: 'eu-west-1a', isUp: true, isDraining: false, inflight: 3 };
  const gateway = {
    ...status.gateway,
    engines: [
      { availabilityZone: 'eu-west-1a', isUp: true },
      { availabilityZone: 'eu-west-1b', isUp: false },
    ],
    routes: [
      { ...route, workerId: 'worker-0' },
      { ...route, workerId: 'worker-0', engine: 'eu-west-1b', isUp: false, inflight: 0 },
      { ...route, workerId: 'worker-1', isDraining: true },
    ],
  };
  expect(describeStatus({ ...status, gateway }, '77')).toContain(`
Gateway, through the entrance: ready
  engine of eu-west-1a: up
  engine of eu-west-1b: down
  worker-0: up by eu-west-1a, 3 in flight, down by eu-west-1b, 0 in flight
  worker-1: draining by eu-west-1a, 3 in flight
`);
});

test('lets no name act on the terminal', () => {
  expect(describeStatus({ ...status, terraform: 'a\u001b[2Jb' }, '77')).not.toContain('\u001b');
});

test('passes over the channel as it is', () => {
  expect(statusSchema.parse(JSON.parse(JSON.stringify(status)))).toStrictEqual(status);
});
