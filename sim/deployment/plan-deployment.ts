/** Everything that is decided before anything is touched: from a Terraform file to rules, links and machines. */
import { type BalancerPlan, planBalancers, readBalancerSettings } from '../balancers/index.ts';
import { type CompiledFabric, compileFabric } from '../compile/index.ts';
import {
  type LocalServicesProcess,
  planLocalServices,
  readLocalServiceSettings,
  withLocalServices,
} from '../local-services/index.ts';
import { type LaunchedNode, planNodes } from '../nodes/index.ts';
import { type ReadTerraformOptions, readTerraform } from '../terraform/index.ts';
import { buildVpcModel } from '../vpc/index.ts';
import type { VpcModel } from '../vpc/model.ts';

export interface DeploymentPlan {
  readonly terraform: string;
  readonly vpc: VpcModel;
  readonly fabric: CompiledFabric;
  readonly nodes: readonly LaunchedNode[];
  readonly balancers: BalancerPlan;
  /** Resolver and instance metadata, of each VPC. */
  readonly localServices: readonly LocalServicesProcess[];
}

/** @throws DrydockError SIM_TERRAFORM_*, SIM_LAUNCH_CONTRACT_BROKEN: file, address, field. */
export async function planDeployment(
  terraform: string,
  variables: ReadTerraformOptions = {},
): Promise<DeploymentPlan> {
  const configuration = await readTerraform(terraform, { ...variables, keepsMistakes: true });
  const vpc = buildVpcModel(configuration);
  const fabric = withLocalServices(compileFabric(vpc));
  return {
    terraform,
    vpc,
    fabric,
    nodes: planNodes(vpc),
    balancers: planBalancers(vpc, readBalancerSettings(configuration)),
    localServices: planLocalServices(vpc, fabric, readLocalServiceSettings(configuration)),
  };
}
