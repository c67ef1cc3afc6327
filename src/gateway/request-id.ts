/** The form of a request id that a client may choose: safe in a log and in a header. Pure. */

/** As JSON Schema has patterns. */
export const requestIdPattern = '^[A-Za-z0-9._-]{1,128}$';

const safe = new RegExp(requestIdPattern);

/** Whether it may be taken as it was sent. */
export function isSafeRequestId(sent: string): boolean {
  return safe.test(sent);
}
