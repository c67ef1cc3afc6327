/**
 * One environment as one Terraform configuration. State is local: a backend comes with the first environment that
 * more than one person applies.
 */
import { TerraformStack } from 'cdktn';
import type { Construct } from 'constructs';
import { AwsProvider } from './aws/index.ts';
import { declareIn } from './declare.ts';
import type { Environment } from './environment.ts';
import { declareIdentity } from './identity.ts';
import { declareMachines } from './machines.ts';
import { declareNetwork } from './network.ts';
import { declareNetworkAcls } from './network-acls.ts';
import { declareSecurityGroups } from './security-groups.ts';
import { declareStorage } from './storage.ts';

export class EnvironmentStack extends TerraformStack {
  constructor(scope: Construct, environment: Environment) {
    super(scope, environment.name);
    const name = `drydock-${environment.name}`;
    new AwsProvider(this, 'aws', {
      region: environment.region,
      defaultTags: [{ tags: { 'drydock:environment': environment.name } }],
    });
    const declare = declareIn(this);
    const network = declareNetwork(declare, environment);
    declareNetworkAcls(declare, network, name);
    const storage = declareStorage(declare, environment, network);
    const groups = declareSecurityGroups(declare, { network, name, s3: storage.s3 });
    const profiles = declareIdentity(declare, environment, storage);
    declareMachines(declare, { environment, network, groups, profiles });
  }
}
