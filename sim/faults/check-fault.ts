/** Refuses a fault that means nothing. */
import type { CompiledFabric } from '../compile/index.ts';
import { DrydockError } from '../errors.ts';
import type { Fault } from './fault.ts';
import { resolveTarget } from './resolve-target.ts';

/** Linux schedules no slower. */
const bitsPerSecondMin = 8_000;

/** @throws DrydockError SIM_ENDPOINT_UNKNOWN, SIM_INPUT_INVALID */
export function checkFault({ target, effect }: Fault, fabric: CompiledFabric): void {
  const resolved = resolveTarget(target, fabric);
  if (resolved.kind === 'ways' && resolved.ways.length === 0)
    throw invalid('a link has two ends', 'name two of them');
  // What slows a packet down is the queue of its link, whoever it is for.
  if (effect.kind === 'bandwidth' && resolved.kind === 'ways')
    throw invalid(
      'a bandwidth is of all links of its target',
      'name a node, an availability zone or a program',
    );
  if (effect.kind === 'loss' && !(effect.percent > 0 && effect.percent <= 100))
    throw invalid(`${effect.percent} % is no loss`, 'give more than 0 and at most 100');
  if (effect.kind === 'bandwidth' && !(effect.bitsPerSecond >= bitsPerSecondMin))
    throw invalid(`${effect.bitsPerSecond} bit/s is too little`, `give at least ${bitsPerSecondMin}`);
}

function invalid(reason: string, step: string): DrydockError {
  return new DrydockError('SIM_INPUT_INVALID', `could not inject the fault: ${reason}; ${step}`);
}
