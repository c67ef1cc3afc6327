/** Every planted defect. */

import { COMPILER_MUTANTS } from './compiler-mutants.ts';
import { ENDPOINT_MUTANTS } from './endpoint-mutants.ts';
import { JUDGE_MUTANTS } from './judge-mutants.ts';
import type { Mutant } from './mutant.ts';
import { NETWORK_MUTANTS } from './network-mutants.ts';
import { PROOF_MUTANTS } from './proof-mutants.ts';
import { TERRAFORM_MUTANTS } from './terraform-mutants.ts';

export const MUTANTS: readonly Mutant[] = [
  ...TERRAFORM_MUTANTS,
  ...NETWORK_MUTANTS,
  ...ENDPOINT_MUTANTS,
  ...JUDGE_MUTANTS,
  ...PROOF_MUTANTS,
  ...COMPILER_MUTANTS,
];
