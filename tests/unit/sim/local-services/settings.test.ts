import { expect, test } from 'vitest';
import { readLocalServiceSettings } from '../../../../sim/local-services/settings.ts';
import { configurationOf } from '../terraform/written.ts';
import { ref } from '../vpc/written-vpc.ts';

const machine = { ami: 'x', instance_type: 'x' };
const options = { http_tokens: 'required', instance_metadata_tags: 'enabled' };
const template = { name: 'it', metadata_options: options };

test.each([
  ['says nothing', { aws_instance: { it: machine } }, [true, false, false]],
  ['says so itself', { aws_instance: { it: { ...machine, metadata_options: options } } }, [true, true, true]],
  [
    'has it switched off',
    { aws_instance: { it: { ...machine, metadata_options: { http_endpoint: 'disabled' } } } },
    [false, false, false],
  ],
  [
    'is launched from a template',
    {
      aws_instance: { it: { ...machine, launch_template: { id: ref('aws_launch_template.it.id') } } },
      aws_launch_template: { it: template },
    },
    [true, true, true],
  ],
  [
    'says otherwise than its template',
    {
      aws_instance: {
        it: {
          ...machine,
          launch_template: { name: 'it' },
          metadata_options: { http_tokens: 'optional' },
        },
      },
      aws_launch_template: { it: template },
    },
    [true, false, true],
  ],
])('a machine that %s', (_, resource, [isEnabled, requiresToken, hasTags]) => {
  const { metadata } = readLocalServiceSettings(configurationOf({ resource }));
  expect(metadata.get('aws_instance.it')).toStrictEqual({ isEnabled, requiresToken, hasTags });
});

test('a group by a mixed-instances policy and a launch configuration alike', () => {
  const specification = { launch_template_id: ref('aws_launch_template.it.id') };
  const { metadata } = readLocalServiceSettings(
    configurationOf({
      resource: {
        aws_autoscaling_group: {
          mixed: {
            mixed_instances_policy: { launch_template: { launch_template_specification: specification } },
          },
          old: { launch_configuration: ref('aws_launch_configuration.it.name') },
        },
        aws_launch_template: { it: template },
        aws_launch_configuration: { it: { metadata_options: { http_tokens: 'required' } } },
      },
    }),
  );
  expect([...metadata].map(([address, { requiresToken }]) => [address, requiresToken])).toStrictEqual([
    ['aws_autoscaling_group.mixed', true],
    ['aws_autoscaling_group.old', true],
  ]);
});

test('a service takes over its own name only where the endpoint says so', () => {
  const endpoint = (service_name: string, private_dns_enabled?: boolean) => ({
    service_name,
    vpc_endpoint_type: 'Interface',
    ...(private_dns_enabled !== undefined && { private_dns_enabled }),
  });
  const { privateServices } = readLocalServiceSettings(
    configurationOf({
      resource: {
        aws_vpc_endpoint: {
          yes: endpoint('com.amazonaws.eu-west-1.ecr.api', true),
          no: endpoint('com.amazonaws.eu-west-1.logs'),
          own: endpoint('com.amazonaws.vpce.eu-west-1.vpce-svc-1', false),
        },
      },
    }),
  );
  expect([...privateServices]).toStrictEqual([['aws_vpc_endpoint.yes', 'ecr.api']]);
});
