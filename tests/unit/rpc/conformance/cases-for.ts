import type { EngineMode } from '../../../../src/rpc/engine/mode.ts';
import type { WireCase } from './case.ts';

/** @param asked.suite `unit` leaves out what takes long and is shown in 0.22, `deep` is what that leaves out. */
export function casesFor(
  cases: readonly WireCase[],
  asked: {
    readonly mode: EngineMode;
    readonly substrate: 'embedded' | 'real';
    readonly suite: 'unit' | 'deep' | 'all';
  },
): readonly WireCase[] {
  return cases.filter(({ modes, only, isHeavy }) => {
    if (modes?.includes(asked.mode) === false) return false;
    if (only !== undefined && only !== asked.substrate) return false;
    const isDeep = isHeavy === 'very' || (isHeavy === true && asked.mode === '0.23');
    return asked.suite === 'all' || isDeep === (asked.suite === 'deep');
  });
}
