/** Every bound of the gateway in one place. What the environment may change is read in `config.ts`. */

export interface GatewayLimits {
  /** Bytes of one request body. */
  readonly bodyBytesMax: number;
  /** Milliseconds from the start of a request until its body must be there. */
  readonly bodyReadMs: number;
  /** Bytes, and milliseconds, of a refused request that are read and thrown away so that its client sees the answer. */
  readonly unreadBytesMax: number;
  readonly unreadMs: number;
  /** Completions in work at once, from the first byte of the body to the last of the answer. */
  readonly requestsMax: number;
  /** Milliseconds one completion may take; below the 255 s after which both servers drop a silent socket. */
  readonly requestMs: number;
  /** Milliseconds of silence in a stream after which a comment keeps the connection open. */
  readonly heartbeatMs: number;
  /** Completion tokens at most where the request does not say. */
  readonly completionTokensDefault: number;
  /** Milliseconds that what is in work has to finish by itself once the program is told to stop. */
  readonly drainMs: number;
}

export const defaultLimits: GatewayLimits = {
  bodyBytesMax: 1024 * 1024,
  bodyReadMs: 30_000,
  unreadBytesMax: 8 * 1024 * 1024,
  unreadMs: 500,
  requestsMax: 256,
  requestMs: 120_000,
  heartbeatMs: 10_000,
  completionTokensDefault: 1024,
  drainMs: 20_000,
};
