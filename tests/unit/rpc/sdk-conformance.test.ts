/** The same ground through the real iii-sdk: what users of it meet, on the embedded engine and on a real one. */
import { runOnEmbedded, runOnReal } from './conformance/run-on-both.ts';
import { allSdkCases } from './sdk-conformance/all-sdk-cases.ts';

runOnEmbedded(allSdkCases, 'unit');
await runOnReal(allSdkCases);
