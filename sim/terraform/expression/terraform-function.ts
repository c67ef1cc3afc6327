/**
 * The shape of a Terraform function, and the readers of its arguments. An argument is converted to its parameter's type
 * before it is handed over, as Terraform does it. A function throws `ArgumentProblem` for what Terraform would refuse;
 * whoever calls it says where.
 */

import {
  ANY,
  BOOL,
  listOf,
  mapOf,
  NUMBER,
  STRING,
  setOf,
  type TerraformType,
} from '../types/terraform-type.ts';
import { describeKind, isList, isMap, type Value } from '../value.ts';
import type { ConfigurationFiles } from './configuration-files.ts';

export interface Parameter {
  readonly type: TerraformType;
  readonly allowsNull: boolean;
}

export interface FunctionCall {
  /** What files are read from; throws ArgumentProblem where there is nothing to read from. */
  readonly files: ConfigurationFiles;
  readonly renderTemplate: (text: string, variables: ReadonlyMap<string, Value>) => Value;
  /** Counts work against the caller's bound, in steps of about an evaluated expression. */
  readonly charge: (steps: number) => void;
}

export interface TerraformFunction {
  readonly parameters: readonly Parameter[];
  /** How many of the parameters may be left out at the end. */
  readonly optional: number;
  /** Takes any number of arguments more. */
  readonly rest?: Parameter;
  /**
   * 'deep': an argument with a symbol anywhere inside makes the result unknown; 'shallow': only one that is a symbol;
   * 'none': the function itself looks at symbols.
   */
  readonly strictness: 'deep' | 'shallow' | 'none';
  readonly apply: (values: readonly Value[], call: FunctionCall) => Value;
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

function parameter(type: TerraformType, allowsNull = false): Parameter {
  return { type, allowsNull };
}

export const TEXT = parameter(STRING);
export const WHOLE = parameter(NUMBER);
export const VALUE = parameter(ANY);
export const VALUE_OR_NULL = parameter(ANY, true);
export const LIST = parameter(listOf(ANY));
export const SET = parameter(setOf(ANY));
export const TEXTS = parameter(listOf(STRING));
export const MAP_OF_TEXTS = parameter(mapOf(listOf(STRING)));
export const FLAGS = parameter(listOf(BOOL));

interface Options {
  readonly optional?: number;
  readonly rest?: Parameter;
  readonly strictness?: TerraformFunction['strictness'];
}

export function define(
  parameters: readonly Parameter[],
  apply: TerraformFunction['apply'],
  { optional = 0, rest, strictness = 'deep' }: Options = {},
): TerraformFunction {
  return { parameters, optional, strictness, apply, ...(rest && { rest }) };
}

/** A function from one text to something. */
export function onText(apply: (text: string) => Value): TerraformFunction {
  return define([TEXT], (values) => apply(textArgument(values, 0)));
}

/** Throws where a text or list would become longer than any may be. */
export function refuseLonger(length: number, max: number): void {
  if (length > max) throw new ArgumentProblem('the result is too large', { isLimit: true });
}

export function textArgument(values: readonly Value[], index: number): string {
  const value = values[index] ?? null;
  return required(typeof value === 'string' ? value : undefined, values, index, 'a string');
}

export function integerArgument(values: readonly Value[], index: number): number {
  const value = values[index] ?? null;
  return required(Number.isSafeInteger(value) ? Number(value) : undefined, values, index, 'a whole number');
}

export function numberArgument(values: readonly Value[], index: number): number {
  const value = values[index] ?? null;
  return required(typeof value === 'number' ? value : undefined, values, index, 'a number');
}

export function listArgument(values: readonly Value[], index: number): readonly Value[] {
  const value = values[index] ?? null;
  return required(isList(value) ? value : undefined, values, index, 'a list');
}

export function mapArgument(values: readonly Value[], index: number): ReadonlyMap<string, Value> {
  const value = values[index] ?? null;
  return required(isMap(value) ? value : undefined, values, index, 'a map');
}

/** Of a list of text without null. */
export function textsArgument(values: readonly Value[], index: number): readonly string[] {
  const list = listArgument(values, index);
  return list.map((item) => {
    if (typeof item !== 'string')
      throw new ArgumentProblem(`argument ${index + 1} holds ${describeKind(item)}`);
    return item;
  });
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
