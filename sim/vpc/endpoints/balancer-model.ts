/** Load balancers of the model: their interfaces, and what they send to which interfaces. */

import { type Fields, placeOf } from '../../terraform/index.ts';
import type { BuildContext, OpenBlock, ReferenceTargets } from '../build-context.ts';
import type { LoadBalancer, LoadBalancerListener, LoadBalancerTarget } from '../model.ts';
import { byAddress } from '../natural-order.ts';
import type { EndpointContext } from './endpoint-input.ts';
import { isOneOf, valuesAt } from './field-paths.ts';
import type { InterfaceIndex } from './interface-index.ts';
import { readListeners } from './listeners.ts';
import type { PlannedBalancer } from './load-balancers.ts';
import { find, findBlocks } from './partly-known.ts';
import { portIn } from './ports.ts';
import { autoscalingGroupAt, type Registered, readTargetGroups, type TargetGroup } from './target-groups.ts';

export function balancerModel(
  { context }: EndpointContext,
  planned: readonly PlannedBalancer[],
  index: InterfaceIndex,
): readonly LoadBalancer[] {
  const groups = readTargetGroups(context);
  const listeners = readListeners(context, (address) => {
    const group = groups.get(address);
    return group === undefined ? [] : targetsOf(group, index);
  });
  return planned
    .map((balancer): LoadBalancer => {
      const { open, kind, isInternal } = balancer;
      const isClassic = open.block.type === 'aws_elb';
      const own = isClassic
        ? classicListeners(context, balancer, index)
        : (listeners.get(open.address) ?? []);
      return {
        address: open.address,
        place: placeOf(open.block),
        kind,
        isInternal,
        interfaces: index.ofResource(open.address),
        listeners: own.toSorted((left, right) => left.port - right.port),
      };
    })
    .sort(byAddress);
}

/** One for each port on which something is registered. */
function targetsOf(group: TargetGroup, index: InterfaceIndex): readonly LoadBalancerTarget[] {
  const { address, protocol, preservesClientAddress, healthCheck } = group;
  const byPort = new Map<number, Set<string>>();
  for (const registered of group.registered) {
    const port = registered.port ?? group.port;
    const ids = byPort.get(port) ?? new Set();
    byPort.set(port, ids);
    for (const id of interfacesOf(registered, index)) ids.add(id);
  }
  if (byPort.size === 0) byPort.set(group.port, new Set());
  return [...byPort].map(([port, ids]) => ({
    address,
    port,
    protocol,
    interfaces: [...ids],
    preservesClientAddress,
    ...(healthCheck === undefined
      ? {}
      : { healthCheck: { ...healthCheck, port: healthCheck.port === group.port ? port : healthCheck.port } }),
  }));
}

function interfacesOf(registered: Registered, index: InterfaceIndex): readonly string[] {
  return registered.kind === 'resource'
    ? index.ofResource(registered.address)
    : index.ofAddress(registered.value);
}

const INSTANCE: ReferenceTargets = { what: 'an aws_instance', attributes: { aws_instance: ['id'] } };

function classicListeners(
  context: BuildContext,
  { open, plans }: PlannedBalancer,
  index: InterfaceIndex,
): readonly LoadBalancerListener[] {
  const interfaces = classicTargets(context, open).flatMap((address) => index.ofResource(address));
  const healthCheck = classicHealthCheck(context, open.fields);
  return findBlocks(context, open.fields, 'listener').known.flatMap((fields, number) => {
    const port = portIn(context, fields, 'lb_port');
    const targetPort = portIn(context, fields, 'instance_port');
    if (port === undefined || targetPort === undefined || plans.length === 0) return [];
    const text = (name: string) => find(context, () => fields.text(name)).value?.toUpperCase();
    const protocol = text('lb_protocol') ?? 'TCP';
    const target = {
      address: open.address,
      port: targetPort,
      protocol: text('instance_protocol') ?? protocol,
      interfaces: [...new Set(interfaces)],
      preservesClientAddress: false,
      ...(healthCheck && { healthCheck }),
    };
    const address = `${open.address}.listener[${number}]`;
    const spoken = protocol === 'SSL' ? 'TLS' : protocol;
    return [{ address, place: placeOf(fields.site), port, protocol: spoken, targets: [target] }];
  });
}

/** Addresses of machines and groups that are registered with it. */
function classicTargets(context: BuildContext, { address, fields, block }: OpenBlock): readonly string[] {
  const listed = find(context, () =>
    valuesAt(fields, 'instances').map((found) => context.refer(found, INSTANCE).address),
  );
  const ELB: ReferenceTargets = { what: 'an aws_elb', attributes: { aws_elb: ['id', 'name', 'arn'] } };
  const isThis = (other: Fields, name: string) =>
    find(context, () => {
      const written = fields.textIfKnown('name');
      if (written !== undefined && isOneOf(context, other, { at: name, values: [written] }).value === true)
        return true;
      return valuesAt(other, name).some((found) => context.refer(found, ELB).address === address);
    });
  const attached = context.resources('aws_elb_attachment').map((open) => ({
    isThis: isThis(open.fields, 'elb'),
    target: find(context, () =>
      valuesAt(open.fields, 'instance').map((found) => context.refer(found, INSTANCE).address),
    ),
  }));
  const scaled = [
    ...context.resources('aws_autoscaling_group').map((open) => ({
      isThis: isThis(open.fields, 'load_balancers'),
      target: { value: [open.address] },
    })),
    ...context.resources('aws_autoscaling_attachment').map((open) => ({
      isThis: isThis(open.fields, 'elb'),
      target: find(context, () => {
        const found = autoscalingGroupAt(context, open.fields.value('autoscaling_group_name'));
        return found === undefined ? [] : [found];
      }),
    })),
  ];
  if (listed.cause) context.note({ ...listed.cause, type: block.type, touches: `where ${address} sends to` });
  const others = [...attached, ...scaled].filter((one) => one.isThis.value === true);
  return [...(listed.value ?? []), ...others.flatMap(({ target }) => target.value ?? [])];
}

/** `HTTP:8080/healthz`, `TCP:5432`. */
function classicHealthCheck(context: BuildContext, fields: Fields): LoadBalancerTarget['healthCheck'] {
  const [check] = findBlocks(context, fields, 'health_check').known;
  const target = check && find(context, () => check.text('target')).value;
  const parts = /^(\w+):(\d+)(\/.*)?$/.exec(target ?? '');
  if (parts === null) return undefined;
  const [, protocol = '', port = '', path] = parts;
  return { protocol: protocol.toUpperCase(), port: Number(port), ...(path === undefined ? {} : { path }) };
}
