import type { EngineOptions } from '../../../../src/rpc/engine/engine-runtime.ts';
import type { TestEngine } from './raw-peer.ts';

/** One row of the wire cases, under the number that it has there. */
export interface WireCase {
  readonly id: string;
  readonly title: string;
  readonly engine?: Partial<EngineOptions>;
  readonly run: (engine: TestEngine) => Promise<void>;
}
