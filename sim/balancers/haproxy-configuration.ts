/**
 * One interface of a load balancer as a HAProxy configuration: its listeners, rules by priority, answers of its own, and target
 * groups with their health checks. Pure. What is left out is told by `planBalancers`.
 */

import type { LoadBalancerListener, LoadBalancerRule, LoadBalancerTarget } from '../vpc/model.ts';
import {
  type BalancedGroups,
  type BalancedTarget,
  type GroupsContext,
  healthCheckTimes,
  type Mode,
  startGroups,
} from './balanced-groups.ts';
import { locationText, patternText, quoted } from './haproxy-text.ts';
import type { ActionSetting, BalancerSettings } from './settings.ts';

export type BalancerPlace = GroupsContext;

export interface BalancerConfiguration {
  readonly text: string;
  /** Those whose health is checked. */
  readonly targets: readonly BalancedTarget[];
}

/** Below the machine's own /run/drydock. */
export const certificateFile = 'certificate.pem';

const idleSeconds = { application: 60, network: 350 } as const;
const connectionsMax = 400;

export function balancerConfiguration(place: BalancerPlace): BalancerConfiguration {
  const { balancer, settings } = place;
  const groups = startGroups(place);
  const idle = settings.balancers.get(balancer.address)?.idleTimeoutSeconds ?? idleSeconds[balancer.kind];
  const frontends = balancer.listeners.filter(runs).flatMap((listener) => frontend(listener, place, groups));
  const lines = [
    'global',
    `    maxconn ${connectionsMax}`,
    '    nbthread 1',
    '    ssl-default-bind-options ssl-min-ver TLSv1.2',
    'defaults',
    '    timeout connect 10s',
    `    timeout client ${idle}s`,
    `    timeout server ${idle}s`,
    '    timeout check 1s',
    '    retries 0',
    `    default-server ${healthCheckTimes}`,
    ...frontends,
    ...groups.lines(),
  ];
  return { text: lines.map((line) => `${line}\n`).join(''), targets: groups.targets() };
}

const modes: Readonly<Record<string, Mode>> = {
  HTTP: 'http',
  HTTPS: 'http',
  TCP: 'tcp',
  TCP_UDP: 'tcp',
  TLS: 'tcp',
};

export function runs({ protocol }: Pick<LoadBalancerListener, 'protocol'>): boolean {
  return Object.hasOwn(modes, protocol);
}

export function isEncrypted({ protocol }: Pick<LoadBalancerListener, 'protocol'>): boolean {
  return protocol === 'HTTPS' || protocol === 'TLS';
}

function frontend(
  listener: LoadBalancerListener,
  { networkInterface, settings }: BalancerPlace,
  groups: BalancedGroups,
): readonly string[] {
  const mode = modes[listener.protocol] ?? 'tcp';
  const { privateAddress, ipv6Address } = networkInterface;
  const addresses = [privateAddress, ...(ipv6Address === undefined ? [] : [`[${ipv6Address}]`])];
  const tls = isEncrypted(listener)
    ? ` ssl crt /run/drydock/${certificateFile}${mode === 'http' ? ' alpn h2,http/1.1' : ''}`
    : '';
  const context = { listener, settings, groups };
  return [
    `frontend listener-${listener.port}`,
    `    mode ${mode}`,
    ...addresses.map((address) => `    bind ${address}:${listener.port}${tls}`),
    ...(mode === 'http'
      ? httpLines(context)
      : useLines(listener.targets, { mode, ...ofAction(listener, context) })
    ).map((line) => `    ${line}`),
  ];
}

interface FrontendContext {
  readonly listener: LoadBalancerListener;
  readonly settings: BalancerSettings;
  readonly groups: BalancedGroups;
}

type Action = Pick<LoadBalancerRule, 'address' | 'targets' | 'answer'>;

function ofAction({ address }: Action, { settings, groups }: FrontendContext) {
  return { setting: settings.actions.get(address), groups };
}

/** HAProxy answers before it forwards, whatever the order of the lines: so first it is settled which rule counts, then what that does. */
function httpLines(context: FrontendContext): readonly string[] {
  const { listener, settings } = context;
  const rules = (listener.rules ?? []).filter(({ address }) => isSimulated(settings.actions.get(address)));
  const chosen = (index: number) => `{ var(txn.rule) -m int ${index} }`;
  return [
    ...forwardedHeaders(listener),
    ...rules.map(
      (rule, index) =>
        `http-request set-var(txn.rule) int(${index + 1}) if !{ var(txn.rule) -m found }${conditions(rule)}`,
    ),
    'http-request set-var(txn.rule) int(0) if !{ var(txn.rule) -m found }',
    ...[listener, ...rules].flatMap((action, index) => answerLines(action, chosen(index), context)),
    ...[listener, ...rules].flatMap((action, index) =>
      useLines(action.targets, { mode: 'http', condition: chosen(index), ...ofAction(action, context) }),
    ),
  ];
}

/** A rule with a condition that is not simulated matches nothing: it would match too much otherwise. */
export function isSimulated(setting: ActionSetting | undefined): boolean {
  return setting === undefined || setting.otherConditions.length === 0;
}

function forwardedHeaders(listener: LoadBalancerListener): readonly string[] {
  const name = 'X-Forwarded-For';
  return [
    // What the client wrote stays in front: a list for whoever reads one line, lines for whoever wrote several.
    `http-request set-header ${name} '%[req.fhdr(${name})], %[src]' if { req.fhdr_cnt(${name}) eq 1 }`,
    `http-request add-header ${name} '%[src]' if !{ req.fhdr_cnt(${name}) eq 1 }`,
    `http-request set-header X-Forwarded-Proto ${isEncrypted(listener) ? 'https' : 'http'}`,
    `http-request set-header X-Forwarded-Port ${listener.port}`,
  ];
}

function conditions({ hosts, paths }: LoadBalancerRule): string {
  const any = (fetch: string, patterns: readonly string[]) =>
    ` { ${fetch} ${patterns.map(patternText).join(' ')} }`;
  return [
    hosts === undefined ? '' : any('req.hdr(host),host_only -m reg -i', hosts),
    paths === undefined ? '' : any('path -m reg', paths),
  ].join('');
}

function answerLines(
  { address, answer }: Action,
  condition: string,
  context: FrontendContext,
): readonly string[] {
  if (answer === undefined) return [];
  const { listener, settings } = context;
  if (answer.kind === 'redirect') {
    const protocol = isEncrypted(listener) ? 'https' : 'http';
    const to = (location: string) => locationText(location, { protocol, port: listener.port });
    const redirect = (location: string, further = '') =>
      `http-request redirect location ${to(location)} code ${answer.status} if ${condition}${further}`;
    const location = answer.location ?? '';
    const bare = location.replace(/\?#\{query\}$/, '');
    // Without a query there is no question mark either.
    return [...(bare === location ? [] : [redirect(location, ' { query -m len gt 0 }')]), redirect(bare)];
  }
  const { body = '', contentType = 'text/plain' } = settings.actions.get(address) ?? {};
  const payload = body === '' ? '' : ` content-type ${quoted(contentType)} string ${quoted(body)}`;
  return [`http-request return status ${answer.status}${payload} if ${condition}`];
}

/** Among several groups one is drawn by weight, and then has to answer by itself. */
function useLines(
  targets: readonly LoadBalancerTarget[],
  {
    mode,
    setting,
    groups,
    condition = '',
  }: {
    readonly mode: Mode;
    readonly setting: ActionSetting | undefined;
    readonly groups: BalancedGroups;
    readonly condition?: string;
  },
): readonly string[] {
  const weighted = [...Map.groupBy(targets.filter(hasPort), ({ address }) => address)]
    .map(([address, members]) => ({ members, weight: setting?.weights.get(address) ?? 1 }))
    .filter(({ weight }) => weight > 0);
  let rest = weighted.reduce((sum, { weight }) => sum + weight, 0);
  return weighted.map(({ members, weight }) => {
    const isLast = rest === weight;
    const draw = isLast ? '' : `{ rand(${rest}) lt ${weight} }`;
    rest -= weight;
    const all = [condition, draw].filter((part) => part !== '').join(' ');
    return `use_backend ${groups.use(mode, members)}${all === '' ? '' : ` if ${all}`}`;
  });
}

/** A Lambda function is called, not dialled. */
export function hasPort({ port }: LoadBalancerTarget): boolean {
  return port > 0;
}
