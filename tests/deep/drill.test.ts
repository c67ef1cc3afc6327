/** Every fault under a long load, on both models: what must hold of it is in docs/drills.md. */
import { expect, test } from 'vitest';
import { type FaultName, faultNames } from '../../sim/drill/index.ts';
import { missing } from '../require.ts';
import { type DrillTried, runDrill } from '../support/drilled.ts';

const nothing = { failed: 0, lostTokens: 0, repeatedTokens: 0, truncated: 0 };
/** Gateways themselves go away there: what a client had begun with them it has to ask for again. */
const gatewaysLeave: readonly FaultName[] = ['gateway-killed', 'rolling-restart'];

async function expectWhole(tried: DrillTried): Promise<void> {
  const rows = await runDrill(tried);
  expect(rows).toMatchObject(
    tried.faults.map((fault) => ({
      row: {
        ...{ fault, requests: tried.requests, ...nothing },
        ...(!gatewaysLeave.includes(fault) && { retriedByClient: 0 }),
      },
      problems: [],
    })),
  );
}

test('800 requests of at least 64 tokens at 8 clients come whole through every fault', async () => {
  await expectWhole({ model: 'tiny', faults: faultNames, requests: 800 });
});

test('nothing is lost either where engines lose a reply in a thousand', async () => {
  await expectWhole({ model: 'tiny', faults: faultNames, requests: 100, lostReplies: 1 });
});

/** The others take their time too: `./drydock drill --model gemma-3-270m --requests 100` has them all. */
const onTheRealModel = ['worker-killed', 'worker-frozen', 'engine-killed'] as const;

test('100 answers of the real model come whole through a killed worker, a frozen one and a killed engine', async (context) => {
  await expectWhole({ model: 'gemma-3-270m', faults: onTheRealModel, requests: 100 }).catch(
    (error: unknown) => {
      if (error instanceof Error && 'code' in error && error.code === 'SIM_MODEL_FAILED')
        return missing(context, 'the weights of gemma-3-270m');
      throw error;
    },
  );
});
