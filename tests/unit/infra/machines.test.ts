import { expect, test } from 'vitest';
import { type Body, devConfiguration, expression, type Json, resource, resources } from './configuration.ts';

const imdsV2 = { http_endpoint: 'enabled', http_tokens: 'required', http_put_response_hop_limit: 1 };
const subnets = (kind: string) => ['a', 'b'].map((letter) => expression(`aws_subnet.${kind}_${letter}.id`));

test.each([
  ['gateway', 1, 2, 'public', 'true'],
  ['worker', 2, 4, 'private', 'false'],
])(
  'runs %s machines in a group of %i, at most %i, in %s subnets, with a public address: %s',
  (tier, desired, max, kind, isPublic) => {
    const configuration = devConfiguration();
    const group = resource(configuration, `aws_autoscaling_group.${tier}`);
    expect(group).toMatchObject({
      min_size: desired,
      desired_capacity: desired,
      max_size: max,
      vpc_zone_identifier: subnets(kind),
      launch_template: { id: expression(`aws_launch_template.${tier}.id`) },
    });
    expect(propagatedTags(group)).toEqual({
      Name: `drydock-dev-${tier}`,
      'drydock:program': tier,
      'drydock:environment': 'dev',
    });
    expect(resource(configuration, `aws_launch_template.${tier}`)).toMatchObject({
      metadata_options: imdsV2,
      iam_instance_profile: { arn: expression(`aws_iam_instance_profile.${tier}.arn`) },
      network_interfaces: [
        {
          associate_public_ip_address: isPublic,
          security_groups: [expression(`aws_security_group.${tier}.id`)],
        },
      ],
      block_device_mappings: [{ ebs: { encrypted: 'true' } }],
    });
  },
);

function propagatedTags(group: Body): Record<string, Json> {
  const tags = group.tag as readonly { key: string; value: string; propagate_at_launch: boolean }[];
  return Object.fromEntries(
    tags.filter((tag) => tag.propagate_at_launch).map(({ key, value }) => [key, value]),
  );
}

test.each([
  ['a', '10.0.10.10'],
  ['b', '10.0.11.10'],
])('runs one engine in zone %s at %s, which recovers by itself and keeps its address', (letter, address) => {
  expect(resource(devConfiguration(), `aws_instance.engine_${letter}`)).toMatchObject({
    subnet_id: expression(`aws_subnet.private_${letter}.id`),
    private_ip: address,
    associate_public_ip_address: false,
    vpc_security_group_ids: [expression('aws_security_group.engine.id')],
    iam_instance_profile: expression('aws_iam_instance_profile.engine.name'),
    maintenance_options: { auto_recovery: 'default' },
    metadata_options: { ...imdsV2, instance_metadata_tags: 'enabled' },
    root_block_device: { encrypted: true },
    tags: {
      'drydock:program': 'engine',
      'drydock:verify-keys-worker': expression('data.aws_ssm_parameter.worker_verify_keys.insecure_value'),
      'drydock:verify-keys-gateway': expression('data.aws_ssm_parameter.gateway_verify_keys.insecure_value'),
    },
  });
});

test('starts engines before groups, whose machines could otherwise be given an engine address', () => {
  for (const [, group] of resources(devConfiguration(), 'aws_autoscaling_group')) {
    expect(group.depends_on).toEqual(['aws_instance.engine_a', 'aws_instance.engine_b']);
  }
});

test('gives no machine an SSH key', () => {
  const { resource: types } = devConfiguration();
  expect(types).not.toHaveProperty('aws_key_pair');
  expect(JSON.stringify(types)).not.toContain('"key_name"');
});

test('takes the machine image from one SSM parameter, and public keys from one for each role', () => {
  const configuration = devConfiguration();
  const image = expression('data.aws_ssm_parameter.machine_image.insecure_value');
  const images = [
    ...resources(configuration, 'aws_launch_template').map(([, body]) => body.image_id),
    ...resources(configuration, 'aws_instance').map(([, body]) => body.ami),
  ];
  expect(images).toEqual([image, image, image, image]);
  expect(configuration.data).toEqual({
    aws_ssm_parameter: {
      machine_image: { name: '/drydock/dev/machine-image' },
      worker_verify_keys: { name: '/drydock/dev/worker-verify-keys' },
      gateway_verify_keys: { name: '/drydock/dev/gateway-verify-keys' },
    },
  });
});

test('tags everything that the provider makes with its environment', () => {
  expect(devConfiguration().provider.aws).toEqual([
    { region: 'eu-west-1', default_tags: [{ tags: { 'drydock:environment': 'dev' } }] },
  ]);
});
