/** The door of the Terraform reader: configurations, and typed access to their blocks. */

export type { Block, TerraformConfiguration } from './configuration.ts';
export { createEvaluator, type Evaluator } from './evaluator.ts';
export { convertOr, type Fields, fieldsOf, type KnownFields, type Located, referenceOr } from './fields.ts';
export { fileError } from './parse-configuration.ts';
export { readTerraform } from './read-terraform.ts';
export { invalid, type Placed, type Site, siteOf, unresolved, unsupported } from './site.ts';
export { isMap, isSymbolic, type Reference, toText, type Value } from './value.ts';
