/** Says of every kind of tensor in which form it came into a graph. Pure. */

import type { SourceTensor } from '../model-source.ts';
import type { GraphPlan, ScaledTensor, WeightJob } from './graph-builder.ts';
import { isExactTarget } from './pack-blocks.ts';
import type { WeightNote } from './weight-notes.ts';

export function describeWeights({ jobs }: Pick<GraphPlan, 'jobs'>): WeightNote[] {
  const notes = new Map<string, WeightNote>();
  for (const job of jobs) {
    for (const tensor of job.sources) {
      const note = { kind: kindOf(tensor), type: tensor.type.name, form: formOf(job, tensor) };
      const key = Object.values(note).join('|');
      notes.set(key, { ...note, tensors: (notes.get(key)?.tensors ?? 0) + 1 });
    }
  }
  return [...notes.values()];
}

function kindOf({ name }: SourceTensor): string {
  return name.replace(/^blk\.\d+\./, '').replace(/\.weight$/, '');
}

function formOf(job: WeightJob, { type, columnFactors, rowFactors }: ScaledTensor): string {
  const isScaled = columnFactors !== undefined || rowFactors !== undefined;
  const ending = isScaled ? ', smoothed' : '';
  if (job.kind === 'float32') return `float32${ending}`;
  if (!isScaled && isExactTarget(type, job)) return 'exact';
  const verb = type.blockElements === 1 ? 'quantised' : 'requantised';
  return `${verb} to ${job.bits} bits, blocks of ${job.block}${ending}`;
}
