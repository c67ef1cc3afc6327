/** From the text of a policy file to a policy. What is wrong is one line that names file and line; nothing is guessed. */

import { isNode, LineCounter, parseDocument } from 'yaml';
import type { z } from 'zod';
import { DrydockError } from '../errors.ts';
import { type Policy, policyFrom, policySchema } from './policy.ts';

const ALIASES_MAX = 100;

/** @throws SIM_POLICY_INVALID */
export function parsePolicy(text: string, { file }: { readonly file: string }): Policy {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true });
  const [broken] = document.errors;
  if (broken !== undefined) {
    const [first = ''] = broken.message.split('\n');
    const reason = `it is no YAML: ${first.replace(/ at line \d+, column \d+:?$/, '')}`;
    throw invalid({ file, line: broken.linePos?.[0].line ?? 1, reason });
  }
  const lineOf = (path: readonly (string | number)[]): number => {
    for (let length = path.length; length >= 0; length -= 1) {
      const node = length === 0 ? document.contents : document.getIn(path.slice(0, length), true);
      if (isNode(node) && node.range) return lines.linePos(node.range[0]).line;
    }
    return 1;
  };
  const parsed = policySchema.safeParse(toValue(document, file));
  if (parsed.success) return policyFrom(parsed.data, { file, lineOf });
  const { path, reason } = describe(parsed.error.issues);
  throw invalid({ file, line: lineOf(path), reason });
}

function toValue(document: ReturnType<typeof parseDocument>, file: string): unknown {
  try {
    return document.toJS({ maxAliasCount: ALIASES_MAX });
  } catch {
    // The one thing that is left to go wrong: aliases that are expanded over and over.
    throw invalid({
      file,
      line: 1,
      reason: `it has more than ${ALIASES_MAX} aliases, or one that points nowhere`,
    });
  }
}

/** The first of several: the others often follow from it. */
function describe(issues: readonly z.core.$ZodIssue[]): { path: (string | number)[]; reason: string } {
  // A field that is misspelt is missing as well.
  const issue = issues.find(({ code }) => code === 'unrecognized_keys') ?? issues[0];
  const path = (issue?.path ?? []).flatMap((step) => (typeof step === 'symbol' ? [] : [step]));
  if (issue === undefined) return { path, reason: 'it is no policy' };
  // Of several shapes that a value may have, the deepest complaint is about the one that was meant.
  if (issue.code === 'invalid_union' && issue.errors.length > 0) {
    const inner = issue.errors
      .flatMap((option) => option.slice(0, 1))
      .toSorted((left, right) => right.path.length - left.path.length)[0];
    if (inner !== undefined && (inner.path.length > 0 || issue.message === 'Invalid input')) {
      const deeper = describe([inner]);
      return { path: [...path, ...deeper.path], reason: named([...path, ...deeper.path], wordsOf(inner)) };
    }
  }
  return { path: pathOf(issue, path), reason: named(path, wordsOf(issue)) };
}

/** Of a key that is not known, the key itself. */
function pathOf(issue: z.core.$ZodIssue, path: (string | number)[]): (string | number)[] {
  const [key] = issue.code === 'unrecognized_keys' ? issue.keys : [];
  return key === undefined ? path : [...path, key];
}

function wordsOf(issue: z.core.$ZodIssue): string {
  if (issue.code === 'unrecognized_keys') return `has no field ${issue.keys.join(', ')}`;
  if (issue.code === 'invalid_type') return `is missing, or is no ${issue.expected}`;
  return issue.message.replace(/^Invalid input: /, '').replace(/^Too (big|small): /, 'is out of range: ');
}

function named(path: readonly (string | number)[], words: string): string {
  const name = path.reduce<string>(
    (text, step) => (typeof step === 'number' ? `${text}[${step}]` : text === '' ? step : `${text}.${step}`),
    '',
  );
  return `${name === '' ? 'it' : name} ${words}`;
}

function invalid(problem: { readonly file: string; readonly line: number; readonly reason: string }) {
  const { file, line, reason } = problem;
  const text = `could not read the policy (${file}:${line}): ${reason}; docs/policy.md says what may stand there`;
  return new DrydockError('SIM_POLICY_INVALID', text.replaceAll(/\p{Cc}+/gu, ' '), {
    details: { file, line, reason },
  });
}
