/** The wall clock as the gateway sees it, passed in so that a test can hold it. */
export interface Clock {
  /** Milliseconds since 1970. */
  nowUnixMs(): number;
}
