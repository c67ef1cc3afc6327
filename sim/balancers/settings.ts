/**
 * What load balancers do beyond what bears on reachability, which the VPC model does not hold: zones, statuses, bodies, weights.
 * Of a value that is not known before apply, AWS's default is taken.
 */

import {
  convertOr,
  createEvaluator,
  type Fields,
  fieldsOf,
  isSymbolic,
  type Located,
  type TerraformConfiguration,
  TerraformError,
  toText,
  type Value,
} from '../terraform/index.ts';

export interface BalancerSettings {
  /** By the address of the load balancer. */
  readonly balancers: ReadonlyMap<string, BalancerSetting>;
  readonly targetGroups: ReadonlyMap<string, TargetGroupSetting>;
  /** Of listeners and of rules. */
  readonly actions: ReadonlyMap<string, ActionSetting>;
}

export interface BalancerSetting {
  readonly crossesZones?: boolean;
  readonly idleTimeoutSeconds?: number;
}

export interface TargetGroupSetting {
  readonly crossesZones?: boolean;
  /** `200`, `200-299,302`. */
  readonly healthyStatuses?: string;
}

export interface ActionSetting {
  readonly body?: string;
  readonly contentType?: string;
  /** By target group; absent there: 1. */
  readonly weights: ReadonlyMap<string, number>;
  /** Kinds of condition that are not simulated. */
  readonly otherConditions: readonly string[];
}

const conditionsRead = ['host_header', 'path_pattern'];
const conditionsOther = ['http_header', 'http_request_method', 'query_string', 'source_ip'];

export function readBalancerSettings(configuration: TerraformConfiguration): BalancerSettings {
  const evaluator = createEvaluator(configuration);
  const read = <Setting>(types: readonly string[], setting: (fields: Fields) => Setting) =>
    new Map(
      [...configuration.resources.values()]
        .filter(({ type }) => types.includes(type))
        .map((block) => [block.address, setting(fieldsOf(block, evaluator))] as const),
    );
  return {
    balancers: read(['aws_lb', 'aws_alb', 'aws_elb'], balancerSetting),
    targetGroups: read(['aws_lb_target_group', 'aws_alb_target_group'], targetGroupSetting),
    actions: new Map([
      ...read(['aws_lb_listener', 'aws_alb_listener'], (fields) => actionSetting(fields, 'default_action')),
      ...read(['aws_lb_listener_rule', 'aws_alb_listener_rule'], (fields) => actionSetting(fields, 'action')),
    ]),
  };
}

function balancerSetting(fields: Fields): BalancerSetting {
  return defined({
    crossesZones: known(
      () => fields.boolean('enable_cross_zone_load_balancing') ?? fields.boolean('cross_zone_load_balancing'),
    ),
    idleTimeoutSeconds: known(() => fields.number('idle_timeout')),
  });
}

function targetGroupSetting(fields: Fields): TargetGroupSetting {
  const [check] = known(() => fields.blocks('health_check')) ?? [];
  const written = known(() => fields.text('load_balancing_cross_zone_enabled'));
  const statuses = known(() => check?.text('matcher'));
  return defined({
    // The third value there is leaves it to the balancer.
    crossesZones: written === 'true' || written === 'false' ? written === 'true' : undefined,
    healthyStatuses: statuses !== undefined && /^[\d,-]+$/.test(statuses) ? statuses : undefined,
  });
}

function actionSetting(fields: Fields, name: string): ActionSetting {
  const action = (known(() => fields.blocks(name)) ?? []).at(-1);
  const fixed = known(() => action?.blocks('fixed_response'))?.at(0);
  const groups = (known(() => action?.blocks('forward')) ?? []).flatMap(
    (forward) => known(() => forward.blocks('target_group')) ?? [],
  );
  const conditions = known(() => fields.blocks('condition')) ?? [];
  return {
    ...defined({
      body: known(() => fixed?.text('message_body')),
      contentType: known(() => fixed?.text('content_type')),
    }),
    weights: new Map(groups.flatMap(weightOf)),
    otherConditions: conditions.flatMap(otherConditions),
  };
}

function weightOf(group: Fields): readonly (readonly [string, number])[] {
  const arn = known(() => group.value('arn'))?.value;
  const weight = known(() => group.number('weight'));
  if (arn === undefined || !isSymbolic(arn) || arn.kind !== 'reference' || weight === undefined) return [];
  return [[arn.address, weight]];
}

function otherConditions(condition: Fields): readonly string[] {
  const isWritten = (block: Fields, name: string) => known(() => block.isWritten(name)) === true;
  const byPattern = conditionsRead.flatMap((kind) =>
    (known(() => condition.blocks(kind)) ?? []).some(
      (block) => isWritten(block, 'regex_values') || !isWhollyKnown(block),
    )
      ? [kind]
      : [],
  );
  return [...conditionsOther.filter((kind) => isWritten(condition, kind)), ...byPattern];
}

/** A pattern that is not known may match anything. */
function isWhollyKnown(block: Fields): boolean {
  const isText = (found: Located<Value>) => known(() => convertOr(found, 'a string', toText)) !== undefined;
  return known(() => block.list('values').every(isText)) === true;
}

function known<Result>(read: () => Result): Result | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof TerraformError) return undefined;
    throw error;
  }
}

type Defined<T> = { readonly [Key in keyof T]?: Exclude<T[Key], undefined> };

function defined<T extends object>(fields: T): Defined<T> {
  // The entries are those of `fields` that have a value.
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Defined<T>;
}
