import type { WireCase } from '../conformance/case.ts';

/** A row of the second set: what users of the SDK meet. The numbers are of this set alone. */
export type SdkCase = WireCase;
