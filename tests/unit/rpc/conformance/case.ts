import type { EngineOptions } from '../../../../src/rpc/engine/engine-runtime.ts';
import type { EngineMode } from '../../../../src/rpc/engine/mode.ts';
import type { TestEngine } from './raw-peer.ts';

/** One row of the wire cases, under the number that it has there. A number may have several rows. */
export interface WireCase {
  readonly id: string;
  readonly title: string;
  /** Default: both. */
  readonly modes?: readonly EngineMode[];
  /** Where alone it can be shown. Default: on the embedded engine and on a real one. */
  readonly only?: 'embedded' | 'real';
  /** It takes long: with 0.22 in the unit tests, with 0.23 in the deep ones. `very`: in the deep ones alone. */
  readonly isHeavy?: true | 'very';
  /** It asks for `engine.pass`, which takes no time on the embedded engine. */
  readonly passesTime?: true;
  readonly engine?: Partial<EngineOptions>;
  readonly run: (engine: CaseEngine) => Promise<void>;
}

export interface CaseEngine extends TestEngine {
  readonly mode: EngineMode;
  /** Lets so much time go by. */
  pass(timeMs: number): Promise<void>;
}
