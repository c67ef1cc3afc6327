/** Terraform's functions that convert to a type. What marks a value as sensitive or ephemeral leaves it as it is. */

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
import { define, type FunctionTable, VALUE_OR_NULL } from './terraform-function.ts';

export const CONVERSION_FUNCTIONS: FunctionTable = {
  tobool: convertsTo(BOOL),
  tonumber: convertsTo(NUMBER),
  tostring: convertsTo(STRING),
  tolist: convertsTo(listOf(ANY)),
  toset: convertsTo(setOf(ANY)),
  tomap: convertsTo(mapOf(ANY)),
  sensitive: asItIs(),
  nonsensitive: asItIs(),
  ephemeralasnull: asItIs(),
};

function convertsTo(type: TerraformType): FunctionTable[string] {
  return define([{ type, allowsNull: true }], ([value = null]) => value, { strictness: 'shallow' });
}

function asItIs(): FunctionTable[string] {
  return define([VALUE_OR_NULL], ([value = null]) => value, { strictness: 'shallow' });
}
