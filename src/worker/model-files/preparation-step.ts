/** How far a step is, in bytes. */
export interface PreparationStep {
  readonly step: 'download' | 'verify' | 'build';
  readonly done: number;
  readonly total: number;
}
