/** The client in a process of its own, on both runtimes that a gateway runs on; and an engine that is a process too. */
import { expect, test } from 'vitest';
import type { EngineAddress } from '../../../../src/rpc/contract/engines.ts';
import { connectInference } from '../../../../src/rpc/transport/client-runtime.ts';
import { serveInference } from '../../../../src/rpc/transport/server-runtime.ts';
import { startTestEngine } from '../conformance/raw-peer.ts';
import { readyEngineProgram } from '../engine-program.ts';
import { bunPath, programPath, startProgram } from '../program.ts';
import { until, within } from '../until.ts';
import { counting, holding, neverAborted, outcomeOf, requestFor } from './cluster.ts';

const silent = { info: () => {}, warn: () => {} };

function on(port: number, availabilityZone = 'zone-0'): EngineAddress {
  return { availabilityZone, host: '127.0.0.1', port };
}

test.each([
  ['Node', process.execPath, false],
  ['Bun', bunPath, true],
])(
  'on %s a client streams, cancels before and after the first token, and leaves no handle open',
  async (_name, runtime, isBun) => {
    await using engine = await startTestEngine();
    const [silentOne, speaking] = [holding(0), holding(1)];
    await using worker = serveInference({
      engines: [on(engine.port)],
      info: {
        kind: 'infer',
        workerId: 'worker-0',
        availabilityZone: 'zone-0',
        models: ['counting', 'holding'].map((name) => ({ name, contextTokensMax: 64 })),
        slots: 1,
      },
      logger: silent,
      handler: async function* byModel(request, options) {
        if (request.model === 'counting') yield* counting(3)(request, options);
        else yield* (request.requestId === 'holding-0' ? silentOne : speaking).handler(request, options);
      },
    });
    await worker.registered;
    await using program = startProgram(runtime, [
      programPath('client.ts'),
      `zone-0=127.0.0.1:${engine.port}`,
      'told',
    ]);
    const seen = () => ({
      ...{ output: program.output(), errors: program.errors() },
      ...{ silent: silentOne.signals, speaking: speaking.signals },
    });
    // What is cancelled sooner never runs, and has no signal to look at.
    await until('the silent request to run', () => silentOne.signals.length === 1, seen);
    program.child.kill('SIGUSR2');
    await program.printed('results');
    expect(await within('the client to end', 3000, program.ended())).toBe(0);
    expect(program.errors()).toBe('');
    expect(JSON.parse(program.output())).toEqual({
      isBun,
      results: [
        { texts: ['t0', 't1', 't2', 'done'] },
        { texts: [], code: 'RPC_CANCELLED' },
        { texts: ['t0'], code: 'RPC_CANCELLED' },
      ],
    });
    await until(
      'both signals',
      () => [...silentOne.signals, ...speaking.signals].filter((s) => s.aborted).length === 2,
      seen,
    );
  },
);

test('a worker that is disposed leaves no handle open and prints nothing', async () => {
  await using engine = await startTestEngine();
  const args = [programPath('worker.ts'), 'worker-0', '0', `zone-0=127.0.0.1:${engine.port}`, 'leave'];
  await using program = startProgram(process.execPath, args);
  await program.printed('registered');
  expect(await within('the worker to end', 3000, program.ended())).toBe(0);
  expect([program.output(), program.errors()]).toEqual(['registered\n', '']);
});

test('an engine that freezes costs a request about a second, and one that thaws is used again', async () => {
  await using frozen = await readyEngineProgram();
  await using alive = await readyEngineProgram();
  const programs = [frozen, alive];
  await using client = connectInference({
    engines: programs.map(({ gatewaysPort }, index) => on(gatewaysPort, `zone-${index}`)),
    clientName: 'gateway',
    logger: silent,
  });
  await using worker = serveInference({
    engines: programs.map(({ workersPort }, index) => on(workersPort, `zone-${index}`)),
    info: {
      kind: 'infer',
      workerId: 'worker-0',
      availabilityZone: 'zone-0',
      models: [{ name: 'gemma', contextTokensMax: 64 }],
      slots: 4,
    },
    logger: silent,
    handler: counting(2),
  });
  await worker.registered;
  await until('the worker', () => client.workers().length === 1);
  frozen.child.kill('SIGSTOP');
  for (let count = 0; count < 4; count += 1) {
    const outcome = outcomeOf(client.generate(requestFor(), { signal: neverAborted() }));
    expect(await within('the answer', 4000, outcome)).toMatchObject({ code: undefined });
  }
  frozen.child.kill('SIGCONT');
  alive.child.kill('SIGKILL');
  await until('the thawed engine to serve', () => client.workers().length === 1);
  const outcome = outcomeOf(client.generate(requestFor(), { signal: neverAborted() }));
  expect(await within('the answer', 4000, outcome)).toMatchObject({ code: undefined });
});
