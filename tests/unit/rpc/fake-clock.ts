/** A clock that stands until it is moved, and numbers that come round. */
export class FakeClock {
  ms = 0;
  readonly now = (): number => this.ms;

  pass(ms: number): void {
    this.ms += ms;
  }
}

/** Half way: jitter that swings neither up nor down. */
export const even = (): number => 0.5;
