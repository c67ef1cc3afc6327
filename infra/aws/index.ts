/**
 * The only door to the AWS bindings. One deep import per resource: the package's own entry point loads every
 * resource of AWS (seconds, and hundreds of megabytes).
 */
export { AutoscalingGroup } from '@cdktn/provider-aws/lib/autoscaling-group/index.js';
export { DataAwsSsmParameter } from '@cdktn/provider-aws/lib/data-aws-ssm-parameter/index.js';
export { DefaultNetworkAcl } from '@cdktn/provider-aws/lib/default-network-acl/index.js';
export { DefaultRouteTable } from '@cdktn/provider-aws/lib/default-route-table/index.js';
export { DefaultSecurityGroup } from '@cdktn/provider-aws/lib/default-security-group/index.js';
export { IamInstanceProfile } from '@cdktn/provider-aws/lib/iam-instance-profile/index.js';
export { IamRole } from '@cdktn/provider-aws/lib/iam-role/index.js';
export { IamRolePolicy } from '@cdktn/provider-aws/lib/iam-role-policy/index.js';
export { Instance } from '@cdktn/provider-aws/lib/instance/index.js';
export { InternetGateway } from '@cdktn/provider-aws/lib/internet-gateway/index.js';
export { LaunchTemplate } from '@cdktn/provider-aws/lib/launch-template/index.js';
export { NetworkAcl } from '@cdktn/provider-aws/lib/network-acl/index.js';
export { NetworkAclRule } from '@cdktn/provider-aws/lib/network-acl-rule/index.js';
export { AwsProvider } from '@cdktn/provider-aws/lib/provider/index.js';
export { Route } from '@cdktn/provider-aws/lib/route/index.js';
export { RouteTable } from '@cdktn/provider-aws/lib/route-table/index.js';
export { RouteTableAssociation } from '@cdktn/provider-aws/lib/route-table-association/index.js';
export { S3Bucket } from '@cdktn/provider-aws/lib/s3-bucket/index.js';
export { S3BucketPolicy } from '@cdktn/provider-aws/lib/s3-bucket-policy/index.js';
export { S3BucketPublicAccessBlock } from '@cdktn/provider-aws/lib/s3-bucket-public-access-block/index.js';
export { S3BucketServerSideEncryptionConfigurationA as S3BucketEncryption } from '@cdktn/provider-aws/lib/s3-bucket-server-side-encryption-configuration/index.js';
export { SecretsmanagerSecret } from '@cdktn/provider-aws/lib/secretsmanager-secret/index.js';
export { SecurityGroup } from '@cdktn/provider-aws/lib/security-group/index.js';
export { Subnet } from '@cdktn/provider-aws/lib/subnet/index.js';
export { Vpc } from '@cdktn/provider-aws/lib/vpc/index.js';
export { VpcEndpoint } from '@cdktn/provider-aws/lib/vpc-endpoint/index.js';
export { VpcSecurityGroupEgressRule } from '@cdktn/provider-aws/lib/vpc-security-group-egress-rule/index.js';
export { VpcSecurityGroupIngressRule } from '@cdktn/provider-aws/lib/vpc-security-group-ingress-rule/index.js';
