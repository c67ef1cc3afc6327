/** The door of the Terraform reader: configurations, typed access to their blocks, and CIDR arithmetic. */

export {
  type Cidr,
  containsAddress,
  containsCidr,
  formatAddress,
  formatCidr,
  hasHostBits,
  type IpFamily,
  lastValueOf,
  overlap,
  parseAddress,
  parseCidr,
} from './cidr.ts';
export type { Block, TerraformConfiguration } from './configuration.ts';
export { createEvaluator, type Evaluator } from './evaluator.ts';
export { convertOr, type Fields, fieldsOf, type KnownFields, type Located, referenceOr } from './fields.ts';
export { fileError } from './parse-configuration.ts';
export { readTerraform } from './read-terraform.ts';
export { invalid, type Placed, type Site, siteOf, unresolved, unsupported } from './site.ts';
export { isMap, isSymbolic, type Reference, toText, type Value } from './value.ts';
