/** Where one request has failed so far, for the choice of its next route. Pure. */

export class FailureRecord<Link> {
  readonly #workers = new Map<string, number>();
  readonly #routes: { readonly workerId: string | undefined; readonly link: Link }[] = [];

  /** @property isOfWorker not the way, but the worker itself may be at fault. */
  add(where: { readonly workerId: string; readonly link: Link; readonly isOfWorker: boolean }): void {
    const { workerId, link, isOfWorker } = where;
    if (isOfWorker) this.#workers.set(workerId, this.ofWorker(workerId) + 1);
    this.#routes.push({ workerId: isOfWorker ? workerId : undefined, link });
  }

  ofWorker(workerId: string): number {
    return this.#workers.get(workerId) ?? 0;
  }

  /** Failures of the engine, whichever worker it was to lead to, count too. */
  onRoute(workerId: string, link: Link): number {
    return this.#routes.filter(
      (failed) => failed.link === link && (failed.workerId === undefined || failed.workerId === workerId),
    ).length;
  }
}
