/** Those wire cases on the embedded engine that take long and that the unit tests leave out. */
import { test } from 'vitest';
import { engineModes } from '../../src/rpc/engine/mode.ts';
import { allCases } from '../unit/rpc/conformance/all-cases.ts';
import { casesFor } from '../unit/rpc/conformance/cases-for.ts';
import { startEmbedded } from '../unit/rpc/conformance/embedded-engine.ts';

for (const mode of engineModes) {
  test.each(casesFor(allCases, { mode, substrate: 'embedded', suite: 'deep' }))(
    `${mode} $id: $title`,
    async (wireCase) => {
      await using engine = await startEmbedded(wireCase, mode);
      await wireCase.run(engine);
    },
  );
}
