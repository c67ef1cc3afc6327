/** Builds the tree of a template from its tokens: what stands between `%{ if }` and `%{ endif }` becomes its body. */

import type { Cursor } from './cursor.ts';
import type { Expression, TemplatePart } from './syntax.ts';
import { dedentTokens, type TemplateToken, trimTokens } from './template-tokens.ts';

interface Place {
  readonly at: number;
  readonly cursor: Cursor;
  readonly isIndented: boolean;
}

export function buildTemplate(
  tokens: readonly TemplateToken[],
  { at, cursor, isIndented }: Place,
): Expression {
  const trimmed = trimTokens(tokens);
  const reader = new TokenReader(isIndented ? dedentTokens(trimmed) : trimmed, cursor);
  const parts = reader.parts([]);
  const [first] = parts;
  if (parts.length === 1 && first?.kind === 'interpolation') return first.expression;
  if (parts.every((part) => part.kind === 'text')) {
    return { kind: 'literal', at, value: parts.map((part) => part.text).join('') };
  }
  return { kind: 'template', at, parts };
}

class TokenReader {
  readonly #tokens: readonly TemplateToken[];
  readonly #cursor: Cursor;
  #next = 0;

  constructor(tokens: readonly TemplateToken[], cursor: Cursor) {
    this.#tokens = tokens;
    this.#cursor = cursor;
  }

  /** Reads up to one of the closing directives, which it leaves; none: to the end. */
  parts(closing: readonly TemplateToken['kind'][]): readonly TemplatePart[] {
    const parts: TemplatePart[] = [];
    for (;;) {
      const token = this.#tokens[this.#next];
      if (token === undefined) {
        if (closing.length === 0) return parts;
        throw this.#cursor.syntaxError(`"%{ ${closing.at(-1)} }" is missing`);
      }
      if (closing.includes(token.kind)) return parts;
      this.#next += 1;
      parts.push(this.#part(token));
    }
  }

  #part(token: TemplateToken): TemplatePart {
    switch (token.kind) {
      case 'text':
        return token;
      case 'interpolation':
        return { kind: 'interpolation', expression: token.expression };
      case 'if':
        return this.#cursor.nested(false, () => this.#conditional(token.test));
      case 'for':
        return this.#cursor.nested(false, () => {
          const body = this.parts(['endfor']);
          this.#next += 1;
          return { kind: 'for', loop: token.loop, body };
        });
      default:
        throw this.#cursor.syntaxError(`"%{ ${token.kind} }" closes nothing`);
    }
  }

  #conditional(test: Expression): TemplatePart {
    const then = this.parts(['else', 'endif']);
    const hasElse = this.#tokens[this.#next]?.kind === 'else';
    this.#next += 1;
    if (!hasElse) return { kind: 'if', test, then, otherwise: [] };
    const otherwise = this.parts(['endif']);
    this.#next += 1;
    return { kind: 'if', test, then, otherwise };
  }
}
