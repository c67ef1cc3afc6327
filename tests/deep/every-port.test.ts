/** Every port of the reference deployment's gateway, while its real programs run. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { refusals } from '../../sim/explain/index.ts';
import { ports } from '../../src/rpc/contract/ports.ts';
import { startTestedDeployment, type TestedDeployment } from '../support/tested-deployment.ts';
import { until } from '../support/until.ts';

let deployment: TestedDeployment;
beforeAll(async () => {
  deployment = await startTestedDeployment('tiny');
}, 60_000);
afterAll(() => deployment[Symbol.asyncDispose]());

// Libraries that report home do so seconds after they load: onnxruntime after about six.
const homeCallsMs = 9_000;

test('drops every one of the other 65,534 ports of the gateway, and no program sends a packet of its own accord', async () => {
  const gateway = deployment.plan.fabric.nodes.find(({ publicAddress }) => publicAddress !== undefined);
  const all = Array.from({ length: 65_535 }, (_, index) => index + 1);
  const { result: outcomes, moved } = await deployment.watchRules(async () => {
    const started = performance.now();
    const swept = await deployment.probe('internet', {
      address: gateway?.publicAddress ?? '',
      ports: all,
      atOnceMax: 8_192,
    });
    await until(() => (performance.now() - started > homeCallsMs ? true : undefined), {
      what: 'the time in which libraries report home',
      budgetMs: homeCallsMs + 1_000,
    });
    return swept;
  });
  expect(all.filter((_, index) => outcomes[index] !== 'silent')).toStrictEqual([ports.gateway]);
  // The sweep is refused before it reaches a machine: what moved there, a program sent or was sent unasked.
  expect(refusals(moved).filter(({ namespace }) => namespace.startsWith('eni-'))).toStrictEqual([]);
}, 60_000);
