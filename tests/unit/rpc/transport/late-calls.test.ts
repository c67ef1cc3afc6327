/** Calls that reach a worker when nobody waits for them any more: it was frozen, or its network was, and what was sent meanwhile is delivered after. */
import { expect, test } from 'vitest';
import { functionIds } from '../../../../src/rpc/contract/worker.ts';
import { RawPeer, startTestEngine } from '../conformance/raw-peer.ts';
import { programPath, startProgram } from '../program.ts';
import { until } from '../until.ts';
import { requestFor } from './cluster.ts';

test('a worker that thaws drops the calls whose deadline has passed, and runs those that are still wanted', async () => {
  await using engine = await startTestEngine();
  const { generate, health } = functionIds('worker-0');
  const args = [programPath('worker.ts'), 'worker-0', '1', `z=127.0.0.1:${engine.port}`];
  await using worker = startProgram(process.execPath, args);
  await worker.printed('registered');
  await using caller = await RawPeer.connect(engine.url);
  const call = async (deadlineUnixMs: number) => {
    const { result } = await caller.ask('engine::channels::create', {});
    const { writer } = result as { writer: unknown };
    return caller.call(generate, { request: requestFor({ deadlineUnixMs }), out: writer });
  };
  worker.child.kill('SIGSTOP');
  const deadlineUnixMs = Date.now() + 100;
  const late = [await call(deadlineUnixMs), await call(deadlineUnixMs)];
  await until('the deadline', () => Date.now() > deadlineUnixMs);
  await call(Date.now() + 60_000);
  worker.child.kill('SIGCONT');
  for (const id of late) {
    const answer = await caller.take('invocationresult', ({ invocation_id }) => invocation_id === id);
    expect(answer.result).toMatchObject({ accepted: false, error: { code: 'RPC_DEADLINE_EXCEEDED' } });
  }
  expect((await caller.ask(health, {})).result).toMatchObject({ running: 1 });
  expect(worker.output().match(/started/g)).toHaveLength(1);
});
