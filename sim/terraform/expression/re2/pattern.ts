/** The syntax tree of a regular expression in RE2's syntax, as Go and with it Terraform reads them. */

export type Pattern =
  | { readonly kind: 'empty' }
  /** One character of a class: the inside of a JavaScript character class. */
  | {
      readonly kind: 'class';
      readonly source: string;
      readonly isNegated: boolean;
      readonly ignoresCase: boolean;
    }
  | { readonly kind: 'assertion'; readonly assertion: Assertion }
  | { readonly kind: 'group'; readonly index: number; readonly body: Pattern }
  | { readonly kind: 'sequence'; readonly items: readonly Pattern[] }
  | { readonly kind: 'alternatives'; readonly items: readonly Pattern[] }
  | {
      readonly kind: 'repeat';
      readonly body: Pattern;
      readonly min: number;
      readonly max: number;
      readonly isGreedy: boolean;
    };

export type Assertion =
  | 'text-start'
  | 'text-end'
  | 'line-start'
  | 'line-end'
  | 'word-boundary'
  | 'no-word-boundary';

export interface ParsedPattern {
  readonly pattern: Pattern;
  /** Of the groups that capture, in order; undefined for one without name. */
  readonly groupNames: readonly (string | undefined)[];
}

/** What RE2 refuses. */
export class PatternProblem extends Error {
  override readonly name = 'PatternProblem';
}
