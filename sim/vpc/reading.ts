/**
 * Reads one block field by field, so that a field that is not known makes its own part uncertain and not the whole:
 * the caller says what stands in for it. A mistake is kept among the problems, and reading goes on.
 */

import { type Fields, type KnownFields, placeOf } from '../terraform/index.ts';
import type { BuildContext } from './build-context.ts';
import type { UnknownCause } from './model.ts';

export interface Reading {
  /** What `run` gives, or the fallback where it is not known or wrong. */
  get<Result>(run: () => Result, fallback: Result): Result;
  /** The first thing that is not known. */
  cause(): UnknownCause | undefined;
  /** The block is not modelled as a whole. */
  doubt(reason: string): void;
  /**
   * To be called after the last field: an attribute that nobody read counts as not modelled. What is not known is
   * listed as touching `touches`.
   */
  finish(known: KnownFields, touches: string): UnknownCause | undefined;
}

/** Of every resource: who owns it, what it is called, and what only AWS computes. */
const INERT = ['arn', 'id', 'owner_id', 'provider', 'region', 'tags', 'tags_all'];

export function startReading(context: BuildContext, fields: Fields): Reading {
  let first: UnknownCause | undefined;
  const get = <Result>(run: () => Result, fallback: Result): Result => {
    const attempted = context.problems.attempt(run);
    if (attempted.kind === 'known') return attempted.value;
    if (attempted.kind === 'unknown') first ??= attempted.cause;
    return fallback;
  };
  return {
    get,
    cause: () => first,
    doubt: (reason) => {
      first ??= { address: fields.site.address, reason, place: placeOf(fields.site) };
    },
    finish: (known, touches) => {
      get(() => fields.refuseUnread({ ...known, inert: [...INERT, ...known.inert] }), undefined);
      if (first !== undefined) noteCause(context, first, touches);
      return first;
    },
  };
}

/** Lists a cause among what is not known, by the type of what it names. */
export function noteCause(
  context: BuildContext,
  cause: UnknownCause,
  touches: string,
  { mayHide = false }: { readonly mayHide?: boolean } = {},
): void {
  const type = context.typeOf(cause.address) ?? 'value';
  context.note({ type, touches, ...cause, ...(mayHide && { mayHide }) });
}

/** For what bears on no packet: undefined where it is not known. */
export function quietly<Result>(context: BuildContext, run: () => Result): Result | undefined {
  const attempted = context.problems.attempt(run);
  return attempted.kind === 'known' ? attempted.value : undefined;
}

/** `uncertain`, where there is a cause. */
export function uncertainBy(cause: UnknownCause | undefined): { readonly uncertain?: UnknownCause } {
  return cause === undefined ? {} : { uncertain: cause };
}
