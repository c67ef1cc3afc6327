/**
 * The shape of a Terraform function and the readers of its arguments. A function throws `ArgumentProblem` for what
 * Terraform would refuse; whoever calls it says where.
 */

import { describeKind, isList, isMap, toNumber, toText, type Value } from '../value.ts';

export interface TerraformFunction {
  readonly argumentsMin: number;
  /** Absent: as many as one likes. */
  readonly argumentsMax?: number;
  /** 'deep': an argument with a symbol anywhere inside makes the result unknown; 'shallow': only one that is a symbol. */
  readonly strictness: 'deep' | 'shallow';
  readonly apply: (values: readonly Value[]) => Value;
}

export type FunctionTable = Readonly<Record<string, TerraformFunction>>;

export class ArgumentProblem extends Error {
  override readonly name = 'ArgumentProblem';
  /** Terraform would take it; the function here does not. */
  readonly isLimit: boolean;

  constructor(message: string, options: { readonly isLimit?: boolean } = {}) {
    super(message);
    this.isLimit = options.isLimit ?? false;
  }
}

export function textArgument(values: readonly Value[], index: number): string {
  return required(toText(values[index] ?? null), values, index, 'a string');
}

export function integerArgument(values: readonly Value[], index: number): number {
  const number = toNumber(values[index] ?? null);
  return required(Number.isSafeInteger(number) ? number : undefined, values, index, 'a whole number');
}

export function numberArgument(values: readonly Value[], index: number): number {
  return required(toNumber(values[index] ?? null), values, index, 'a number');
}

export function listArgument(values: readonly Value[], index: number): readonly Value[] {
  const value = values[index] ?? null;
  return required(isList(value) ? value : undefined, values, index, 'a list');
}

export function mapArgument(values: readonly Value[], index: number): ReadonlyMap<string, Value> {
  const value = values[index] ?? null;
  return required(isMap(value) ? value : undefined, values, index, 'a map');
}

function required<Result>(
  result: Result | undefined,
  values: readonly Value[],
  index: number,
  kind: string,
): Result {
  if (result !== undefined) return result;
  throw new ArgumentProblem(
    `argument ${index + 1} must be ${kind}, it is ${describeKind(values[index] ?? null)}`,
  );
}
