/** Everything that is decided before anything is touched: from a Terraform file to rules, links and machines. */
import { type CompiledFabric, compileFabric } from '../compile/index.ts';
import { type LaunchedNode, planNodes } from '../nodes/index.ts';
import { readTerraform } from '../terraform/index.ts';
import { buildVpcModel } from '../vpc/index.ts';
import type { VpcModel } from '../vpc/model.ts';

export interface DeploymentPlan {
  readonly terraform: string;
  readonly vpc: VpcModel;
  readonly fabric: CompiledFabric;
  readonly nodes: readonly LaunchedNode[];
}

/** @throws DrydockError SIM_TERRAFORM_*, SIM_LAUNCH_CONTRACT_BROKEN: file, address, field. */
export function planDeployment(terraform: string): DeploymentPlan {
  const vpc = buildVpcModel(readTerraform(terraform));
  return { terraform, vpc, fabric: compileFabric(vpc), nodes: planNodes(vpc) };
}
