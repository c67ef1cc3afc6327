/** What is known of a balancer's targets, from what HAProxy says of its health checks. */

export interface TargetHealth {
  readonly isUp: boolean;
  /** HAProxy's words: `Layer4 timeout`, `Layer7 wrong status`. */
  readonly reason: string;
}

export interface HealthReport {
  /** Section and server. */
  readonly key: string;
  readonly health: TargetHealth;
}

const checkLine =
  /Health check for server (\S+) (?:succeeded|failed), reason: ([^,]+)(?:, code: (\d+))?,.* status: \d+\/\d+ (UP|DOWN)\.$/;

/** @returns undefined for any other line. */
export function parseHealth(line: string): HealthReport | undefined {
  const [, key, reason = '', code, state] = checkLine.exec(line) ?? [];
  if (key === undefined) return undefined;
  return { key, health: { isUp: state === 'UP', reason: code === undefined ? reason : `${reason} ${code}` } };
}
