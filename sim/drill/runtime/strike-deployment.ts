/** Does to a running deployment what a step says. */
import type { PlacedFault, StartedDeployment } from '../../deployment/index.ts';
import type { Action } from '../strike.ts';

/** What a drill needs of a deployment. */
export type Struck = Pick<StartedDeployment, 'faults' | 'restart' | 'untilServing'>;

export interface Striker {
  /** Resolves when it is in force; what is healed serves then. @returns how long it was before healing began. */
  act(action: Action): Promise<{ readonly brokenMs: number }>;
}

const servingBudgetMs = 60_000;

export function openStriker({ faults, restart, untilServing }: Struck): Striker {
  const inForce = new Map<string, PlacedFault>();
  const broken = (action: Action): Promise<PlacedFault> | undefined => {
    switch (action.kind) {
      case 'kill':
        // Until it is healed: else its unit would start it again, and when that was would not be known.
        return faults.kill(action.target, { isForGood: true });
      case 'freeze':
        return faults.freeze(action.target);
      case 'cut':
        return faults.cut(action.target, { isOneWay: action.isOneWay === true });
      case 'lose':
        return faults.lose(action.target, { percent: action.percent });
      case 'limit':
        return faults.limit(action.target, { bitsPerSecond: action.bitsPerSecond });
      default:
        return undefined;
    }
  };
  const heal = async (target: string) => {
    const fault = inForce.get(target);
    inForce.delete(target);
    await fault?.heal();
    if (fault?.kind === 'kill') await untilServing({ nodes: fault.hits, budgetMs: servingBudgetMs });
  };
  return {
    async act(action) {
      const { kind, target } = action;
      if (kind === 'restart') return { brokenMs: (await restart(target)).stopMs };
      const fault = await broken(action);
      if (fault) inForce.set(target, fault);
      else await heal(target);
      return { brokenMs: 0 };
    },
  };
}
