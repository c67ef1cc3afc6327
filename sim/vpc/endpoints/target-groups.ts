/**
 * Target groups with everything that is registered with them: machines, addresses, auto-scaling groups, tasks and
 * other load balancers. What they mean as interfaces is known when the interfaces are.
 */

import {
  convertOr,
  isSymbolic,
  type Located,
  type Reference,
  toText,
  unresolved,
  type Value,
} from '../../terraform/index.ts';
import type { BuildContext, OpenBlock, ReferenceTargets } from '../build-context.ts';
import { referenceIn, requiredReferenceIn } from '../build-context.ts';
import type { LoadBalancerTarget } from '../model.ts';
import { find, findBlocks, type withCause } from './partly-known.ts';
import { portIn } from './ports.ts';

export const TARGET_GROUP: ReferenceTargets = {
  what: 'an aws_lb_target_group',
  attributes: { aws_lb_target_group: ['arn', 'id'], aws_alb_target_group: ['arn', 'id'] },
};
const AUTOSCALING_GROUP: ReferenceTargets = {
  what: 'an aws_autoscaling_group',
  attributes: { aws_autoscaling_group: ['name', 'id', 'arn'] },
};

/** Something registered: a resource, or an address. */
export type Registered =
  | { readonly kind: 'resource'; readonly address: string; readonly port?: number }
  | { readonly kind: 'address'; readonly value: string; readonly port?: number };

export interface TargetGroup {
  readonly address: string;
  readonly port: number;
  readonly protocol: string;
  readonly targetType: string;
  readonly preservesClientAddress: boolean;
  readonly healthCheck?: NonNullable<LoadBalancerTarget['healthCheck']> | undefined;
  readonly registered: readonly Registered[];
}

/** By the address of the target group. */
export function readTargetGroups(context: BuildContext): ReadonlyMap<string, TargetGroup> {
  const registered = new Map<string, Registered[]>();
  const register = (group: string, one: Registered) => {
    registered.set(group, [...(registered.get(group) ?? []), one]);
  };
  registerAttachments(context, register);
  registerGroups(context, register);
  registerTasks(context, register);
  const groups = ['aws_lb_target_group', 'aws_alb_target_group'].flatMap((type) => context.resources(type));
  return new Map(
    groups.map((open) => [open.address, targetGroup(context, open, registered.get(open.address) ?? [])]),
  );
}

function targetGroup(context: BuildContext, open: OpenBlock, registered: readonly Registered[]): TargetGroup {
  const { address, fields } = open;
  const targetType = find(context, () => fields.text('target_type')).value ?? 'instance';
  const protocol = find(context, () => fields.text('protocol')).value ?? 'HTTP';
  const port = portIn(context, fields, 'port') ?? 0;
  const preserves = find(context, () => fields.boolean('preserve_client_ip')).value;
  const healthCheck = healthCheckOf(context, open, { port, protocol });
  return {
    address,
    port,
    protocol,
    targetType,
    preservesClientAddress: preserves ?? preservesByDefault(targetType, protocol),
    ...(healthCheck && { healthCheck }),
    registered,
  };
}

/** AWS: on for machines and for UDP, off for addresses behind TCP and TLS. HTTP is answered by the balancer itself. */
function preservesByDefault(targetType: string, protocol: string): boolean {
  if (protocol === 'HTTP' || protocol === 'HTTPS') return false;
  return targetType !== 'ip' || protocol === 'UDP' || protocol === 'TCP_UDP';
}

function healthCheckOf(
  context: BuildContext,
  { fields }: OpenBlock,
  group: { readonly port: number; readonly protocol: string },
): LoadBalancerTarget['healthCheck'] {
  const [check] = findBlocks(context, fields, 'health_check').known;
  if (check !== undefined && find(context, () => check.boolean('enabled')).value === false) return undefined;
  const isHttp = group.protocol === 'HTTP' || group.protocol === 'HTTPS';
  const protocol = (check && find(context, () => check.text('protocol')).value) ?? (isHttp ? 'HTTP' : 'TCP');
  const written = check && find(context, () => check.text('port')).value;
  const port =
    check === undefined || written === undefined || written === 'traffic-port'
      ? group.port
      : portIn(context, check, 'port');
  const path = (check && find(context, () => check.text('path')).value) ?? '/';
  return { port: port ?? group.port, protocol, ...(protocol.startsWith('HTTP') ? { path } : {}) };
}

type Register = (group: string, one: Registered) => void;

function registerAttachments(context: BuildContext, register: Register): void {
  for (const type of ['aws_lb_target_group_attachment', 'aws_alb_target_group_attachment']) {
    for (const open of context.resources(type)) {
      const { address, fields } = open;
      const group = find(context, () =>
        requiredReferenceIn(context, fields, { name: 'target_group_arn', targets: TARGET_GROUP }),
      );
      const target = find(context, () =>
        registeredAt(context, fields.required('target_id', fields.value('target_id'))),
      );
      const port = fields.isWritten('port') ? portIn(context, fields, 'port') : undefined;
      const cause = group.cause ?? target.cause;
      if (cause)
        context.note({ ...cause, type, touches: `what ${address} adds to a load balancer's targets` });
      if (group.value === undefined || target.value === undefined) continue;
      register(group.value.address, { ...target.value, ...(port === undefined ? {} : { port }) });
    }
  }
}

/** A resource by its id, arn or address, or an address as text. */
function registeredAt(context: BuildContext, found: Located<Value>): Registered {
  const { value } = found;
  if (isSymbolic(value) && value.kind === 'reference') {
    const { address } = value;
    if (context.resource(address) !== undefined) return { kind: 'resource', address };
    const reason = `${address} is not of this configuration`;
    throw unresolved(found.site, { reason, nextStep: 'name something of this configuration' });
  }
  return { kind: 'address', value: convertOr(found, 'a string', toText) };
}

function registerGroups(context: BuildContext, register: Register): void {
  for (const open of context.resources('aws_autoscaling_group')) {
    const one: Registered = { kind: 'resource', address: open.address };
    const sources = findBlocks(context, open.fields, 'traffic_source').known;
    const named = [
      ...(find(context, () => open.fields.list('target_group_arns')).value ?? []),
      ...sources.flatMap((source) => find(context, () => source.value('identifier')).value ?? []),
    ];
    for (const found of named) {
      const group = find(context, () => context.refer(found, TARGET_GROUP));
      noteTargets(context, open, group.cause);
      if (group.value) register(group.value.address, one);
    }
  }
  for (const type of ['aws_autoscaling_attachment', 'aws_autoscaling_traffic_source_attachment']) {
    for (const open of context.resources(type)) registerAttached(context, open, register);
  }
}

function registerAttached(context: BuildContext, open: OpenBlock, register: Register): void {
  const { fields } = open;
  const name = { name: 'autoscaling_group_name', targets: AUTOSCALING_GROUP };
  const scaling = find(context, () => autoscalingGroupAt(context, fields.value(name.name), name.targets));
  const [source] = findBlocks(context, fields, 'traffic_source').known;
  const found = find(
    context,
    () =>
      fields.value('lb_target_group_arn') ??
      fields.value('alb_target_group_arn') ??
      source?.value('identifier'),
  ).value;
  const group = found && find(context, () => context.refer(found, TARGET_GROUP));
  noteTargets(context, open, scaling.cause ?? group?.cause);
  if (scaling.value === undefined || group?.value === undefined) return;
  register(group.value.address, { kind: 'resource', address: scaling.value });
}

/** A group that sets its own name is found by it. */
export function autoscalingGroupAt(
  context: BuildContext,
  found: Located<Value> | undefined,
  targets: ReferenceTargets = AUTOSCALING_GROUP,
): string | undefined {
  if (found === undefined) return undefined;
  if (isSymbolic(found.value)) return context.refer(found, targets).address;
  return context
    .resources('aws_autoscaling_group')
    .find(({ fields }) => fields.textIfKnown('name') === found.value)?.address;
}

function registerTasks(context: BuildContext, register: Register): void {
  for (const open of ['aws_ecs_service', 'aws_ecs_task_set'].flatMap((type) => context.resources(type))) {
    for (const block of findBlocks(context, open.fields, 'load_balancer').known) {
      const group = find(context, (): Reference | undefined =>
        referenceIn(context, block, { name: 'target_group_arn', targets: TARGET_GROUP }),
      );
      noteTargets(context, open, group.cause);
      const port = portIn(context, block, 'container_port');
      if (group.value === undefined || port === undefined) continue;
      register(group.value.address, { kind: 'resource', address: open.address, port });
    }
  }
}

function noteTargets(
  context: BuildContext,
  { address, block }: OpenBlock,
  cause: ReturnType<typeof withCause>['cause'],
): void {
  if (cause) context.note({ ...cause, type: block.type, touches: `which load balancers send to ${address}` });
}
