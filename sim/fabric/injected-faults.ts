/** The faults in force, and how they change: injected and healed one by one, kept over a reload. */
import type { CompiledFabric } from '../compile/index.ts';
import { DrydockError } from '../errors.ts';
import { checkFault, type Fault, type FaultPlan, faultsMax, planFaults } from '../faults/index.ts';
import type { InOrder } from './in-order.ts';

export interface InjectedFault {
  readonly fault: Fault;
  /** Until the kernel had it. */
  readonly tookMs: number;
  /** @returns how long it took; 0 where it was healed already. */
  heal(): Promise<{ readonly tookMs: number }>;
}

export interface InjectedFaults {
  readonly inForce: readonly Fault[];
  inject(fault: Fault): Promise<InjectedFault>;
  healAll(): Promise<void>;
  planFor(fabric: CompiledFabric): FaultPlan;
}

type SetFaults = (plan: FaultPlan) => Promise<{ readonly tookMs: number }>;

export interface InjectedFaultsOptions {
  /** The one in force at the time. */
  readonly fabric: () => CompiledFabric;
  /** With whatever else changes the network. */
  readonly inOrder: InOrder;
}

export function openInjectedFaults(
  setFaults: SetFaults,
  { fabric, inOrder }: InjectedFaultsOptions,
): InjectedFaults {
  const inForce = new Set<Fault>();
  const apply = () => inOrder(() => setFaults(planFaults([...inForce], fabric())));
  return {
    get inForce() {
      return [...inForce];
    },
    planFor: (next) => planFaults([...inForce], next),
    async inject(asked) {
      checkFault(asked, fabric());
      if (inForce.size >= faultsMax) {
        throw new DrydockError(
          'SIM_INPUT_INVALID',
          `could not inject the fault: ${faultsMax} are in force; heal some of them first`,
        );
      }
      // One object for each: the same fault may be in force twice, and is healed twice then.
      const fault = { ...asked };
      inForce.add(fault);
      try {
        const { tookMs } = await apply();
        return { fault, tookMs, heal: async () => (inForce.delete(fault) ? apply() : { tookMs: 0 }) };
      } catch (error) {
        inForce.delete(fault);
        await apply();
        throw error;
      }
    },
    async healAll() {
      inForce.clear();
      await apply();
    },
  };
}
