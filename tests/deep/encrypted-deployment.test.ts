/** Prod as it is declared, with TLS between nodes and engines: HAProxy beside each engine carries every call and every token. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { missing } from '../require.ts';
import { startTestedDeployment, type TestedDeployment } from '../support/tested-deployment.ts';
import { until } from '../unit/rpc/until.ts';

const prod = fileURLToPath(new URL('../../infra/synth/prod/main.tf.json', import.meta.url));
const [gatewaysPort, workersPort] = [49_136, 49_134];
/** Where the engine itself listens. */
const behind = [49_144, 49_146];

async function ask({ url, apiKey }: TestedDeployment): Promise<unknown> {
  const response = await fetch(`${url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' },
    body: JSON.stringify({
      model: 'tiny',
      messages: [{ role: 'user', content: 'hello' }],
      max_tokens: 16,
      temperature: 0,
    }),
    signal: AbortSignal.timeout(30_000),
  });
  return { status: response.status, ...((await response.json()) as object) };
}

const whole = { status: 200, choices: [{ finish_reason: expect.stringMatching(/^(stop|length)$/) }] };

test('answers through it, keeps the engine behind it, and goes on when an engine with its proxy freezes', async (context) => {
  if (!['/usr/sbin/haproxy', '/usr/local/sbin/haproxy'].some((path) => existsSync(path)))
    missing(context, 'HAProxy: apt-get install haproxy');
  await using deployment = await startTestedDeployment('tiny', prod);
  const { plan } = deployment;
  for (const { program, environment } of plan.nodes) {
    if (program === 'engine') expect(environment.DRYDOCK_ENGINE_HOST).toBe('127.0.0.1');
    else expect(environment.DRYDOCK_ENGINES).toMatch(/^\S+=wss:\/\/[^,]+(,\S+=wss:\/\/[^,]+){2}$/);
  }
  expect(await ask(deployment)).toMatchObject(whole);

  const address = plan.fabric.nodes.find(({ id }) => id === 'engine-0')?.privateAddress ?? '';
  const outcomes = (from: string, ports: readonly number[]) => deployment.probe(from, { address, ports });
  expect(await outcomes('gateway-0', [gatewaysPort])).toEqual(['open']);
  expect(await outcomes('worker-0', [workersPort])).toEqual(['open']);
  // From the machine's own network, where no security group stands in the way: nobody listens there but on the loopback.
  expect(await outcomes('engine-0', behind)).toEqual(['closed', 'closed']);

  const processes = await deployment.programProcesses();
  const stateOf = (id: string) =>
    /^State:\s+(\S)/m.exec(readFileSync(`/proc/${processes.get(id)}/status`, 'utf8'))?.[1];
  const frozen = await deployment.faults.freeze('engine-0');
  expect([stateOf('engine-0'), stateOf('engine-0-proxy'), stateOf('engine-1-proxy')]).toEqual([
    'T',
    'T',
    expect.stringMatching(/[SR]/),
  ]);
  for (let count = 0; count < 3; count += 1) expect(await ask(deployment)).toMatchObject(whole);
  await frozen.heal();
  expect(stateOf('engine-0-proxy')).not.toBe('T');

  await deployment.faults.kill('engine-1');
  expect(await ask(deployment)).toMatchObject(whole);
  // The program was killed, and not the proxy, which goes on as its unit would.
  expect(deployment.ended).toEqual(['engine-1']);
  await deployment.untilServing({ budgetMs: 30_000 });
  const passed = () => readFileSync(join(deployment.logDirectory, 'engine-1-proxy.log'), 'utf8');
  const carried = (listener: string) => new RegExp(` ${listener}~ GET / 101 `).test(passed());
  await until(
    'what both listeners carried to be told',
    () => carried('workers') && carried('gateways'),
    passed,
  );
  expect(passed()).not.toMatch(/key=|Bearer/);
});
