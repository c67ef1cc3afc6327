/**
 * Collects what is wrong with a configuration, so that several mistakes are told at once. What is merely not known
 * before apply, or not modelled, is no mistake: `attempt` hands it back as a cause, for whoever builds on it to carry.
 */

import { DrydockError } from '../errors.ts';
import { oneLine, TerraformError } from './site.ts';

/** Why something is not known. The shape of the model's `UnknownCause`. */
export interface Cause {
  readonly address: string;
  readonly reason: string;
  readonly place?: { readonly file: string; readonly line: number };
}

export type Attempted<Result> =
  | { readonly kind: 'known'; readonly value: Result }
  | { readonly kind: 'unknown'; readonly cause: Cause }
  /** Already among the problems. */
  | { readonly kind: 'invalid' };

export interface Problems {
  /** Runs it. A mistake is kept, and told at the end; what is unresolved or unsupported becomes a cause. Other errors pass. */
  attempt<Result>(run: () => Result): Attempted<Result>;
  add(error: TerraformError): void;
  /** From now on no value is told: one of the configuration is a secret, and any may be made of it. */
  hideValues(): void;
  /** @throws the only problem as it is, or SIM_TERRAFORM_PROBLEMS whose message has a line for each, sorted by file and line. */
  throwIfAny(): void;
}

export function collectProblems(): Problems {
  const found: TerraformError[] = [];
  let told = (error: TerraformError) => error;
  const add = (mistake: TerraformError) => {
    const error = told(mistake);
    // One mistake may be met on several ways.
    if (!found.some(({ message }) => message === error.message)) found.push(error);
  };
  return {
    add,
    hideValues() {
      told = withoutValues;
    },
    attempt(run) {
      try {
        return { kind: 'known', value: run() };
      } catch (error) {
        if (!(error instanceof TerraformError)) throw error;
        if (!isMistake(error)) return { kind: 'unknown', cause: causeOf(told(error)) };
        add(error);
        return { kind: 'invalid' };
      }
    },
    throwIfAny() {
      const [only] = found;
      if (only === undefined) return;
      if (found.length === 1) throw only;
      const sorted = found.toSorted((left, right) => compare(placeOf(left), placeOf(right)));
      throw new DrydockError('SIM_TERRAFORM_PROBLEMS', sorted.map(({ message }) => message).join('\n'), {
        details: { problems: sorted.map(({ code, message, details }) => ({ code, message, ...details })) },
      });
    },
  };
}

/** Quoted texts are values, apart from those in brackets, which are keys of instances: Terraform lets no secret be one. */
const VALUE = /(?<!\[)"(?:[^"\\]|\\.)*"(?!\])/g;

function withoutValues(error: TerraformError): TerraformError {
  const { reason } = error.details;
  if (typeof reason !== 'string') return error;
  const hidden = oneLine(reason).replaceAll(VALUE, '(a value that may be secret)');
  const message = error.message.replace(oneLine(reason), () => hidden);
  return new TerraformError(error.code, message, { ...error.details, reason: hidden }, error.isTerraformsOwn);
}

/** Whether it is wrong, rather than merely not known or not modelled. */
export function isMistake(error: TerraformError): boolean {
  return error.code === 'SIM_TERRAFORM_INVALID' || error.code === 'SIM_TERRAFORM_UNREADABLE';
}

/** The cause that an error of kind unresolved or unsupported names. */
export function causeOf(error: TerraformError): Cause {
  const { address, field, reason, file, line } = error.details;
  const where = typeof address === 'string' ? address : '';
  const what = typeof reason === 'string' ? reason : error.message;
  return {
    address: where,
    reason: typeof field === 'string' ? `${field}: ${what}` : what,
    ...(typeof file === 'string' && typeof line === 'number' && { place: { file, line } }),
  };
}

function placeOf(error: TerraformError): readonly [string, number] {
  const { file, line } = error.details;
  return [typeof file === 'string' ? file : '', typeof line === 'number' ? line : 0];
}

function compare(left: readonly [string, number], right: readonly [string, number]): number {
  if (left[0] !== right[0]) return left[0] < right[0] ? -1 : 1;
  return left[1] - right[1];
}
