/** Which part of a drill's requests meets which part of what is done to the deployment. Pure. */
import { isDisturbing, type Step, type Strike } from './strike.ts';

/** Counts of requests since the beginning of the row: the gate is opened so far. */
export interface RoundShares {
  /** Before anything is broken. */
  readonly before: number;
  /** While each of the steps is done, in their order. */
  readonly during: readonly number[];
  /** When all is healed. */
  readonly after: number;
}

/** Something is broken under more of the load than it is healed under. */
const shareOf = ({ action }: Step) => (isDisturbing(action) ? 2 : 1);

/** A quarter of each round's requests comes before it is struck, and a quarter when it is healed. */
export function shareLoad(requests: number, strikes: readonly Strike[]): readonly RoundShares[] {
  return strikes.map(({ steps }, round) => {
    const from = Math.round((requests * round) / strikes.length);
    const after = Math.round((requests * (round + 1)) / strikes.length);
    const quarter = Math.floor((after - from) / 4);
    const before = from + quarter;
    const during = after - quarter - before;
    const all = steps.reduce((sum, step) => sum + shareOf(step), 0);
    let passed = 0;
    return {
      before,
      during: steps.map((step) => {
        passed += shareOf(step);
        return before + Math.round((during * passed) / all);
      }),
      after,
    };
  });
}
