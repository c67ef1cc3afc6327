/** The tokens of a template, and what is done to its text before anything is nested: trimming by `~`, and dedenting. */

import type { Expression, Loop } from './syntax.ts';

interface Trims {
  readonly trimsBefore: boolean;
  readonly trimsAfter: boolean;
}

export type TemplateToken =
  | { readonly kind: 'text'; readonly text: string }
  | ({ readonly kind: 'interpolation'; readonly expression: Expression } & Trims)
  | ({ readonly kind: 'if'; readonly test: Expression } & Trims)
  | ({ readonly kind: 'for'; readonly loop: Loop } & Trims)
  | ({ readonly kind: 'else' | 'endif' | 'endfor' } & Trims);

/** `${~ x ~}` takes white space away from the text tokens beside it, and not from those beyond. */
export function trimTokens(tokens: readonly TemplateToken[]): readonly TemplateToken[] {
  return tokens.map((token, index) => {
    if (token.kind !== 'text') return token;
    const before = tokens[index - 1];
    const after = tokens[index + 1];
    let { text } = token;
    if (before !== undefined && before.kind !== 'text' && before.trimsAfter) text = text.trimStart();
    if (after !== undefined && after.kind !== 'text' && after.trimsBefore) text = text.trimEnd();
    return { kind: 'text', text };
  });
}

/** As HCL does it: the least indentation of all lines that are not blank is taken from each of them. */
export function dedentTokens(tokens: readonly TemplateToken[]): readonly TemplateToken[] {
  const starts = new Set<TemplateToken>();
  let least = Number.POSITIVE_INFINITY;
  let isLineStart = true;
  for (const token of tokens) {
    if (isLineStart) {
      const indentation = indentationOf(token);
      if (token.kind === 'text' && indentation < Number.POSITIVE_INFINITY) starts.add(token);
      least = Math.min(least, indentation);
    }
    isLineStart = token.kind === 'text' ? token.text.endsWith('\n') : false;
  }
  return tokens.map((token) =>
    token.kind === 'text' && starts.has(token) ? { kind: 'text', text: token.text.slice(least) } : token,
  );
}

function indentationOf(token: TemplateToken): number {
  if (token.kind !== 'text') return 0;
  const rest = token.text.trimStart();
  return rest === '' && token.text.endsWith('\n')
    ? Number.POSITIVE_INFINITY
    : token.text.length - rest.length;
}
