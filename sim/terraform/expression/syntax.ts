/** The syntax tree of Terraform's expression language. `at` is an offset into the template. */

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
  | TemplateExpression
  | { readonly kind: 'list'; readonly at: number; readonly items: readonly Expression[] }
  | { readonly kind: 'object'; readonly at: number; readonly entries: readonly ObjectEntry[] }
  | { readonly kind: 'root'; readonly at: number; readonly name: string }
  | { readonly kind: 'attribute'; readonly at: number; readonly object: Expression; readonly name: string }
  | { readonly kind: 'index'; readonly at: number; readonly object: Expression; readonly key: Expression }
  /** What a splat goes through stands for in its `each`. */
  | { readonly kind: 'splat-item'; readonly at: number }
  | SplatExpression
  | CallExpression
  | ForExpression
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

/** Text with interpolations and directives. A template that is one interpolation alone is its expression instead. */
export interface TemplateExpression {
  readonly kind: 'template';
  readonly at: number;
  readonly parts: readonly TemplatePart[];
}

export type TemplatePart =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'interpolation'; readonly expression: Expression }
  | {
      readonly kind: 'if';
      readonly test: Expression;
      readonly then: readonly TemplatePart[];
      readonly otherwise: readonly TemplatePart[];
    }
  | { readonly kind: 'for'; readonly loop: Loop; readonly body: readonly TemplatePart[] };

/** `for key, value in collection`. */
export interface Loop {
  readonly keyName?: string;
  readonly valueName: string;
  readonly collection: Expression;
}

/** `[for …]`, or with `key` `{for …}`. */
export interface ForExpression {
  readonly kind: 'for';
  readonly at: number;
  readonly loop: Loop;
  readonly key?: Expression;
  readonly value: Expression;
  readonly condition?: Expression;
  /** `=> value...`: the values of equal keys are gathered in lists. */
  readonly isGrouped: boolean;
}

/** `list[*].name`: `each` is evaluated with `splat-item` standing for the element. */
export interface SplatExpression {
  readonly kind: 'splat';
  readonly at: number;
  readonly list: Expression;
  readonly each: Expression;
}

export interface CallExpression {
  readonly kind: 'call';
  readonly at: number;
  readonly name: string;
  readonly arguments: readonly Expression[];
  /** `f(list...)`: the last argument is spread. */
  readonly isSpread: boolean;
}
