/** The syntax tree of Terraform's expression language, as far as it is read. `at` is an offset into the template. */

export type BinaryOperator =
  | '||'
  | '&&'
  | '=='
  | '!='
  | '<'
  | '<='
  | '>'
  | '>='
  | '+'
  | '-'
  | '*'
  | '/'
  | '%';

export type Expression =
  | { readonly kind: 'literal'; readonly at: number; readonly value: null | boolean | number | string }
  | { readonly kind: 'template'; readonly at: number; readonly parts: readonly Expression[] }
  | { readonly kind: 'list'; readonly at: number; readonly items: readonly Expression[] }
  | { readonly kind: 'object'; readonly at: number; readonly entries: readonly ObjectEntry[] }
  | { readonly kind: 'root'; readonly at: number; readonly name: string }
  | { readonly kind: 'attribute'; readonly at: number; readonly object: Expression; readonly name: string }
  | { readonly kind: 'index'; readonly at: number; readonly object: Expression; readonly key: Expression }
  | SplatExpression
  | CallExpression
  | {
      readonly kind: 'unary';
      readonly at: number;
      readonly operator: '!' | '-';
      readonly operand: Expression;
    }
  | {
      readonly kind: 'binary';
      readonly at: number;
      readonly operator: BinaryOperator;
      readonly left: Expression;
      readonly right: Expression;
    }
  | {
      readonly kind: 'conditional';
      readonly at: number;
      readonly test: Expression;
      readonly then: Expression;
      readonly otherwise: Expression;
    };

export interface ObjectEntry {
  readonly key: Expression;
  readonly value: Expression;
}

/** `list[*].name`: `each` is evaluated with `item` standing for the element. */
export interface SplatExpression {
  readonly kind: 'splat';
  readonly at: number;
  readonly list: Expression;
  readonly steps: readonly (string | number)[];
}

export interface CallExpression {
  readonly kind: 'call';
  readonly at: number;
  readonly name: string;
  readonly arguments: readonly Expression[];
  /** `f(list...)`: the last argument is spread. */
  readonly isSpread: boolean;
}
