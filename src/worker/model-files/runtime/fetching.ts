/** What every kind of source is given to get one model's file. */

import type { ModelPaths } from '../cache-layout.ts';
import type { ModelEntry } from '../manifest.ts';
import type { PreparationStep } from '../preparation-step.ts';
import type { Network } from './network.ts';

export interface Fetching {
  readonly model: ModelEntry;
  readonly paths: ModelPaths;
  /** Where a source of kind `file` is looked for. */
  readonly repositoryDir: string;
  /** What pip is started with. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly network: Network;
  readonly onProgress: (step: PreparationStep) => void;
  readonly signal: AbortSignal;
  /** How long a source may send nothing. Default: 30 s, for pip (which tries again by itself) 120 s. */
  readonly stallMsMax?: number;
}
