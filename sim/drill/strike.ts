/** What a drill does to a deployment: steps of actions, planned before anything runs. */

export const faultNames = [
  'worker-killed',
  'gateway-killed',
  'worker-frozen',
  'engine-killed',
  'engine-frozen',
  'zone-cut',
  'one-direction-cut',
  'gateway-engine-cut',
  'swizzled-links',
  'rolling-restart',
] as const;
export type FaultName = (typeof faultNames)[number];

export type Action =
  | { readonly kind: 'kill' | 'freeze'; readonly target: string }
  /** A node, a zone, or what two send each other: `gateway-0/engine-1`. */
  | { readonly kind: 'cut'; readonly target: string; readonly isOneWay?: boolean }
  /** In percent of all packets of all links of it. */
  | { readonly kind: 'lose'; readonly target: string; readonly percent: number }
  /** All links of it. */
  | { readonly kind: 'limit'; readonly target: string; readonly bitsPerSecond: number }
  /** What was broken: links are mended, programs go on, or start again and serve. */
  | { readonly kind: 'heal'; readonly target: string }
  /** The program ends by SIGTERM, with the time that it takes, and starts again. */
  | { readonly kind: 'restart'; readonly target: string };

export interface Step {
  readonly action: Action;
  /** How long it is left as it is before the next step. */
  readonly holdMs: number;
}

export interface Strike {
  readonly fault: FaultName;
  readonly steps: readonly Step[];
  /** Where clients begin; without it each begins at one of all gateways. */
  readonly entrances?: readonly string[];
}

export function isDisturbing({ kind }: Action): boolean {
  return kind !== 'heal';
}

export function describeAction(action: Action): string {
  const isOneWay = action.kind === 'cut' && action.isOneWay === true;
  return `${action.kind} ${action.target}${isOneWay ? ', one way' : ''}`;
}
