/** Every fault under a long load: what must hold of it is in docs/drills.md. */
import { expect, test } from 'vitest';
import { type FaultName, faultNames } from '../../sim/drill/index.ts';
import { missing } from '../require.ts';
import { runDrill } from '../support/drilled.ts';

const nothing = { failed: 0, lostTokens: 0, repeatedTokens: 0, truncated: 0 };
/** Gateways themselves go away there: what a client had begun with them it has to ask for again. */
const gatewaysLeave: readonly FaultName[] = ['gateway-killed', 'rolling-restart'];

test('800 requests of at least 64 tokens at 8 clients come whole through every fault', async () => {
  const rows = await runDrill({ model: 'tiny', faults: faultNames, requests: 800 });
  expect(rows).toMatchObject(
    faultNames.map((fault) => ({
      row: {
        ...{ fault, requests: 800, ...nothing },
        ...(!gatewaysLeave.includes(fault) && { retriedByClient: 0 }),
      },
      problems: [],
    })),
  );
});

test('nothing is lost either where engines lose a reply in a thousand', async () => {
  const faults = ['worker-killed', 'engine-frozen'] as const;
  const rows = await runDrill({ model: 'tiny', faults, requests: 400, lostReplies: 1 });
  expect(rows).toMatchObject(
    faults.map((fault) => ({ row: { fault, ...nothing, retriedByClient: 0 }, problems: [] })),
  );
});

/** On the real model a token takes its time, so that three faults are what there is time for. */
const realModel = 'gemma-3-270m';

test('100 answers of the real model come whole through a killed worker, a frozen one and a killed engine', async (context) => {
  const faults = ['worker-killed', 'worker-frozen', 'engine-killed'] as const;
  const rows = await runDrill({ model: realModel, faults, requests: 100 }).catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'SIM_MODEL_FAILED')
      return missing(context, `${realModel}: it could not be had`);
    throw error;
  });
  expect(rows).toMatchObject(
    faults.map((fault) => ({ row: { fault, ...nothing, retriedByClient: 0 }, problems: [] })),
  );
});
