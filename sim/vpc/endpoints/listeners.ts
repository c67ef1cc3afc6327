/** What load balancers listen on, and what they do with what they accept: by listener, then by rule. */

import type { Fields } from '../../terraform/index.ts';
import { convertOr, placeOf, toText } from '../../terraform/index.ts';
import {
  type BuildContext,
  type OpenBlock,
  type ReferenceTargets,
  requiredReferenceIn,
} from '../build-context.ts';
import type { LoadBalancerListener, LoadBalancerRule, LoadBalancerTarget } from '../model.ts';
import { valuesAt } from './field-paths.ts';
import { find, findBlocks } from './partly-known.ts';
import { portIn } from './ports.ts';
import { TARGET_GROUP } from './target-groups.ts';

const LISTENER_TYPES = ['aws_lb_listener', 'aws_alb_listener'];
const RULE_TYPES = ['aws_lb_listener_rule', 'aws_alb_listener_rule'];
const LOAD_BALANCER: ReferenceTargets = {
  what: 'an aws_lb',
  attributes: { aws_lb: ['arn', 'id'], aws_alb: ['arn', 'id'] },
};
const LISTENER: ReferenceTargets = {
  what: 'an aws_lb_listener',
  attributes: { aws_lb_listener: ['arn', 'id'], aws_alb_listener: ['arn', 'id'] },
};

/** The targets that a target group stands for. */
export type TargetsOf = (group: string) => readonly LoadBalancerTarget[];
type Answer = NonNullable<LoadBalancerListener['answer']>;

interface Action {
  readonly targets: readonly LoadBalancerTarget[];
  readonly answer?: Answer;
}

/** By the address of the load balancer. */
export function readListeners(
  context: BuildContext,
  targetsOf: TargetsOf,
): ReadonlyMap<string, readonly LoadBalancerListener[]> {
  const rules = readRules(context, targetsOf);
  const found = new Map<string, LoadBalancerListener[]>();
  for (const open of LISTENER_TYPES.flatMap((type) => context.resources(type))) {
    const { address, block, fields } = open;
    const reference = { name: 'load_balancer_arn', targets: LOAD_BALANCER };
    const balancer = find(context, () => requiredReferenceIn(context, fields, reference));
    const port = portIn(context, fields, 'port');
    const protocol = find(context, () => fields.text('protocol')).value ?? (port === 443 ? 'HTTPS' : 'HTTP');
    if (balancer.cause) {
      context.note({
        ...balancer.cause,
        type: block.type,
        touches: `which load balancer ${address} belongs to`,
      });
    }
    // A gateway load balancer's listener has no port.
    if (balancer.value === undefined || port === undefined) continue;
    const own = rules.get(address) ?? [];
    const listener: LoadBalancerListener = {
      address,
      place: placeOf(block),
      port,
      protocol,
      ...actionOf(context, { open, name: 'default_action', targetsOf }),
      ...(own.length === 0 ? {} : { rules: own }),
    };
    found.set(balancer.value.address, [...(found.get(balancer.value.address) ?? []), listener]);
  }
  return found;
}

function readRules(
  context: BuildContext,
  targetsOf: TargetsOf,
): ReadonlyMap<string, readonly LoadBalancerRule[]> {
  const found = new Map<string, LoadBalancerRule[]>();
  for (const open of RULE_TYPES.flatMap((type) => context.resources(type))) {
    const { address, block, fields } = open;
    const reference = { name: 'listener_arn', targets: LISTENER };
    const listener = find(context, () => requiredReferenceIn(context, fields, reference));
    if (listener.cause) {
      context.note({ ...listener.cause, type: block.type, touches: `which listener ${address} belongs to` });
    }
    if (listener.value === undefined) continue;
    const priority = find(context, () => fields.number('priority')).value ?? Number.MAX_SAFE_INTEGER;
    const [hosts, paths] = ['host_header', 'path_pattern'].map((kind) => conditions(context, fields, kind));
    const rule: LoadBalancerRule = {
      address,
      place: placeOf(block),
      priority,
      ...(hosts?.length ? { hosts } : {}),
      ...(paths?.length ? { paths } : {}),
      ...actionOf(context, { open, name: 'action', targetsOf }),
    };
    found.set(listener.value.address, [...(found.get(listener.value.address) ?? []), rule]);
  }
  for (const rules of found.values()) rules.sort((left, right) => left.priority - right.priority);
  return found;
}

function conditions(context: BuildContext, fields: Fields, kind: string): readonly string[] {
  const values = find(context, () =>
    valuesAt(fields, `condition.${kind}.values`).map((found) => convertOr(found, 'a string', toText)),
  );
  return values.value ?? [];
}

/** The last of its actions: what stands before (authentication) decides who, not where to. */
function actionOf(
  context: BuildContext,
  {
    open,
    name,
    targetsOf,
  }: { readonly open: OpenBlock; readonly name: string; readonly targetsOf: TargetsOf },
): Action {
  const { address, block, fields } = open;
  const action = findBlocks(context, fields, name).known.at(-1);
  if (action === undefined) return { targets: [] };
  const answer = answerOf(context, action);
  if (answer !== undefined) return { targets: [], answer };
  const groups = find(context, () =>
    [...valuesAt(action, 'target_group_arn'), ...valuesAt(action, 'forward.target_group.arn')].map(
      (found) => context.refer(found, TARGET_GROUP).address,
    ),
  );
  if (groups.cause) context.note({ ...groups.cause, type: block.type, touches: `where ${address} sends to` });
  return { targets: [...new Set(groups.value ?? [])].flatMap(targetsOf) };
}

function answerOf(context: BuildContext, action: Fields): Answer | undefined {
  const text = (fields: Fields, name: string) => find(context, () => fields.text(name)).value;
  const [redirect] = findBlocks(context, action, 'redirect').known;
  if (redirect !== undefined) {
    const part = (name: string, otherwise: string) => text(redirect, name) ?? otherwise;
    const query = part('query', '#{query}');
    const place = `${part('host', '#{host}')}:${part('port', '#{port}')}${part('path', '/#{path}')}`;
    return {
      kind: 'redirect',
      status: text(redirect, 'status_code') === 'HTTP_302' ? 302 : 301,
      location: `${part('protocol', '#{protocol}').toLowerCase()}://${place}${query === '' ? '' : `?${query}`}`,
    };
  }
  const [fixed] = findBlocks(context, action, 'fixed_response').known;
  if (fixed === undefined) return undefined;
  return { kind: 'fixed-response', status: Number(text(fixed, 'status_code') ?? '200') };
}
