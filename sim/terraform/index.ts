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
export type { Block, ProviderBlock, TerraformConfiguration, Unexpanded } from './configuration.ts';
export {
  DEFAULT_VPC,
  defaultZonesFound,
  isDefaultVpcData,
  zoneOfDefaultSubnet,
} from './default-network.ts';
export { type ComputeAttribute, createEvaluator, type Evaluator } from './evaluator.ts';
export { convertOr, type Fields, fieldsOf, type KnownFields, type Located, referenceOr } from './fields.ts';
export type { Cause, Problems } from './problems.ts';
export { type ReadTerraformOptions, readTerraform } from './read-terraform.ts';
export { STAND_IN_REGION } from './region-of.ts';
export {
  invalid,
  type Place,
  type Placed,
  placeOf,
  type Site,
  siteOf,
  TerraformError,
  unresolved,
  unsupported,
} from './site.ts';
export {
  isList,
  isMap,
  isSymbolic,
  type Reference,
  reasonOf,
  toBoolean,
  toText,
  type Value,
} from './value.ts';
