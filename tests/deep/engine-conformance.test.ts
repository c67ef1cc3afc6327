/** What takes long of the cases on the embedded engine, and so is left out by the unit tests. */
import { allCases } from '../unit/rpc/conformance/all-cases.ts';
import { runOnEmbedded } from '../unit/rpc/conformance/run-on-both.ts';
import { allSdkCases } from '../unit/rpc/sdk-conformance/all-sdk-cases.ts';

runOnEmbedded(allCases, 'deep');
runOnEmbedded(allSdkCases, 'deep');
