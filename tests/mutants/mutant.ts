/** A planted defect as data: one small mistake of the kind that ships, what it breaks, and the test that is to see it. Pure. */

export type Part = 'reader' | 'prover' | 'compiler';

export interface Mutant {
  /** Says the mistake: `network-acl-stateful`. */
  readonly id: string;
  readonly part: Part;
  /** What does not hold any more, in a sentence. */
  readonly breaks: string;
  /** From the root of the tree. */
  readonly file: string;
  /** Stands in the file exactly once. */
  readonly find: string;
  readonly replace: string;
  readonly caughtBy: WitnessOn | NamedTest;
}

/** A witness of the corpus, held against judge and proof or against real packets. */
export interface WitnessOn {
  readonly witness: string;
  readonly on: 'proof' | 'packets';
}

/** For what no witness shows. */
export interface NamedTest {
  readonly file: string;
  /** Its full name holds this. */
  readonly test: string;
  /** Absent: a promise of our own. */
  readonly source?: Document;
}

/** Where AWS or Terraform says what holds. */
export interface Document {
  readonly title: string;
  readonly url: string;
}

export const WITNESS_FILES = {
  proof: 'tests/unit/sim/witnesses/facts-by-proof.test.ts',
  packets: 'tests/deep/witnesses.test.ts',
} as const;

export function fileOf({ caughtBy }: Mutant): string {
  return 'witness' in caughtBy ? WITNESS_FILES[caughtBy.on] : caughtBy.file;
}

/** The text with the defect in it. @throws Error where its place is gone, or is not one place. */
export function planted({ id, file, find, replace }: Mutant, text: string): string {
  const [before, after, ...more] = text.split(find);
  if (before === undefined || after === undefined || more.length > 0) {
    const times = after === undefined ? 'is not there' : `is there ${more.length + 1} times`;
    throw new Error(`mutant ${id} no longer applies: its place in ${file} ${times}; anchor it anew`);
  }
  return `${before}${replace}${after}`;
}
