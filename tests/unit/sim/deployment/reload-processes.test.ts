import { expect, test } from 'vitest';
import { programChanges } from '../../../../sim/deployment/reload-processes.ts';
import type { MachineSpec } from '../../../../sim/fabric/index.ts';

const machine = (id: string, environment: Readonly<Record<string, string>> = {}): MachineSpec => ({
  id,
  namespace: `eni-${id}`,
  command: ['true'],
  environment,
  files: {},
  mounts: [],
  hiddenFolders: [],
  logFile: '/dev/null',
});

test('starts what is new, stops what is gone, and starts again what is told otherwise or has another interface', () => {
  const before = [machine('stays'), machine('told'), machine('moved'), machine('gone')];
  const after = [machine('stays'), machine('told', { A: '1' }), machine('moved'), machine('new')];
  expect(programChanges(before, after, { removed: ['eni-gone'], remade: ['eni-moved'] })).toStrictEqual({
    started: ['new'],
    stopped: ['gone'],
    restarted: ['told', 'moved'],
  });
});
