/** What docs/semantics.md says of planted defects: a cell for each witness, and a row for each defect that no witness shows. Pure. */
import type { Mutant } from './mutant.ts';

/** Ids of the defects that the witness catches, in order. */
export function mutantsCell(mutants: readonly Mutant[], witness: string): string {
  return mutants
    .filter(({ caughtBy }) => 'witness' in caughtBy && caughtBy.witness === witness)
    .map(({ id }) => id)
    .join(', ');
}

export function otherRows(mutants: readonly Mutant[]): readonly string[] {
  return mutants.flatMap(({ id, breaks, caughtBy }) => {
    if ('witness' in caughtBy) return [];
    const { file, test, source } = caughtBy;
    const document = source === undefined ? 'a promise of our own' : `[${source.title}](${source.url})`;
    return [`| ${breaks} | ${document} | [${test}](../${file}) | ${id} |`];
  });
}
