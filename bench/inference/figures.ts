/** What was measured, round by round. Pure. */

/** By contestant and measurement, a figure for each round. */
export class Figures {
  readonly #values = new Map<string, number[]>();

  add(id: string, name: string, value: number | undefined): void {
    if (value === undefined) return;
    const key = JSON.stringify([id, name]);
    this.#values.set(key, [...(this.#values.get(key) ?? []), value]);
  }

  get(id: string, name: string): readonly number[] {
    return this.#values.get(JSON.stringify([id, name])) ?? [];
  }
}

/** Names of what is measured beside the measurements. */
export const loadName = 'load';
export const residentName = 'resident after load';
export const peakName = 'peak memory';
export const bandwidthName = 'memory bandwidth';
export const machineId = 'machine';
