import { mkdtempDisposableSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readEngineConfig } from '../../../src/rpc/engine/config.ts';

function read(environment: NodeJS.ProcessEnv) {
  using directory = mkdtempDisposableSync(join(tmpdir(), 'drydock-engine-'));
  for (const name of ['node-id', 'availability-zone']) writeFileSync(join(directory.path, name), name);
  return readEngineConfig({
    DRYDOCK_ENVIRONMENT: 'dev',
    DRYDOCK_RUN_DIR: directory.path,
    ...environment,
  });
}

test('without a word of it the engine has none of the weaknesses, and is iii 0.22', () => {
  expect(read({})).toMatchObject({ logLevel: 'info' });
  expect(read({}).behaviour).toEqual({ mode: '0.22', burstDelay: false });
});

test.each([
  [{ DRYDOCK_ENGINE_MODE: '0.23' }, { mode: '0.23', burstDelay: false }],
  [{ DRYDOCK_ENGINE_BURST_DELAY: 'true' }, { mode: '0.22', burstDelay: true }],
  [
    { DRYDOCK_ENGINE_LOST_REPLIES: '1' },
    { mode: '0.22', burstDelay: false, lostReplies: { seed: 1, perThousand: 1 } },
  ],
  [
    { DRYDOCK_ENGINE_LOST_REPLIES: '0.25', DRYDOCK_ENGINE_SEED: '42' },
    { mode: '0.22', burstDelay: false, lostReplies: { seed: 42, perThousand: 0.25 } },
  ],
])('%j is read', (environment, behaviour) => {
  expect(read(environment).behaviour).toEqual(behaviour);
});

test.each([
  [{ DRYDOCK_ENGINE_MODE: '0.24' }, 'DRYDOCK_ENGINE_MODE'],
  [{ DRYDOCK_ENGINE_LOST_REPLIES: '1001' }, 'DRYDOCK_ENGINE_LOST_REPLIES'],
  [{ DRYDOCK_ENGINE_LOST_REPLIES: '' }, 'DRYDOCK_ENGINE_LOST_REPLIES'],
  [{ DRYDOCK_ENGINE_LOST_REPLIES: '-1' }, 'DRYDOCK_ENGINE_LOST_REPLIES'],
  [{ DRYDOCK_ENGINE_SEED: '-1' }, 'DRYDOCK_ENGINE_SEED'],
  [{ DRYDOCK_ENGINE_BURST_DELAY: 'yes' }, 'DRYDOCK_ENGINE_BURST_DELAY'],
  [{ DRYDOCK_ENGINE_LOG_LEVEL: 'trace' }, 'DRYDOCK_ENGINE_LOG_LEVEL'],
])('%j is refused by its name', (environment, named) => {
  expect(() => read(environment)).toThrow(
    expect.objectContaining({ code: 'RPC_CONFIG_INVALID', message: expect.stringContaining(named) }),
  );
});
