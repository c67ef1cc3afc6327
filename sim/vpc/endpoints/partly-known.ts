/**
 * Values of which a part may not be known. Mistakes go to the problems of the context and are told at the end; what is
 * not known comes back as a cause, for the part of the model that it touches.
 */

import type { Fields, KnownFields, Located, Value } from '../../terraform/index.ts';
import type { BuildContext } from '../build-context.ts';
import type { UnknownCause } from '../model.ts';

export interface Found<Kind> {
  /** Absent: not written, not known, or a mistake. */
  readonly value?: Kind;
  readonly cause?: UnknownCause;
}

/** The members that are known, and why there may be others. */
export interface Partly<Kind> {
  readonly known: readonly Kind[];
  readonly cause?: UnknownCause;
}

export const NOTHING: Partly<never> = { known: [] };

export function find<Kind>(context: BuildContext, run: () => Kind | undefined): Found<Kind> {
  const attempted = context.problems.attempt(run);
  if (attempted.kind === 'unknown') return { cause: attempted.cause };
  if (attempted.kind === 'invalid' || attempted.value === undefined) return {};
  return { value: attempted.value };
}

export function findEach<Kind>(
  context: BuildContext,
  list: () => readonly Located<Value>[],
  resolve: (found: Located<Value>) => Kind,
): Partly<Kind> {
  const listed = find(context, list);
  const members = (listed.value ?? []).map((found) => find(context, () => resolve(found)));
  const cause = listed.cause ?? members.find((member) => member.cause !== undefined)?.cause;
  return {
    known: members.flatMap(({ value }) => (value === undefined ? [] : [value])),
    ...withCause(cause),
  };
}

export function joined<Kind>(parts: readonly Partly<Kind>[]): Partly<Kind> {
  return {
    known: parts.flatMap(({ known }) => known),
    ...withCause(parts.find(({ cause }) => cause !== undefined)?.cause),
  };
}

export function withCause(cause: UnknownCause | undefined): { readonly cause?: UnknownCause } {
  return cause === undefined ? {} : { cause };
}

/**
 * Blocks inside a block. Where they are not known there is none, and the cause.
 */
export function findBlocks(context: BuildContext, fields: Fields, name: string): Partly<Fields> {
  const { value = [], cause } = find(context, () => fields.blocks(name));
  return { known: value, ...withCause(cause) };
}

/** Why the resource may behave otherwise than its fields that were read say; noted, too. */
export function findUnread(
  context: BuildContext,
  open: { readonly address: string; readonly type: string; readonly fields: Fields },
  known: KnownFields,
): UnknownCause | undefined {
  const { cause } = find(context, () => open.fields.refuseUnread(known));
  if (cause === undefined) return undefined;
  context.note({ ...cause, type: open.type, touches: `every packet of ${open.address}` });
  return cause;
}
