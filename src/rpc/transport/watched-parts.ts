/** Tells a watcher how a generation comes about, as its parts are used. */
import type { GenerationWatch } from '../inference.ts';
import type { GenerationParts } from './generation-runtime.ts';

/** @returns parts that tell, and what ends the telling: whatever runs then has ended. */
export function watchedParts(
  parts: GenerationParts,
  watch: GenerationWatch | undefined,
): { readonly parts: GenerationParts; end(): void } {
  if (watch === undefined) return { parts, end: () => {} };
  let end = (_errorCode?: string) => {};
  const endCurrent = (errorCode?: string) => {
    end(errorCode);
    end = () => {};
  };
  return {
    end: endCurrent,
    parts: {
      ...parts,
      async place(wish) {
        endCurrent();
        const waited = watch.waits();
        try {
          return await parts.place(wish);
        } finally {
          waited();
        }
      },
      attemptParts(placement, facts) {
        const { worker, link } = placement.route;
        const attempt = watch.attempt({ workerId: worker.workerId, engine: link.availabilityZone });
        end = attempt.end;
        const inner = parts.attemptParts(placement, facts);
        return {
          ...inner,
          traceparent: attempt.traceparent,
          onFrame(frame) {
            if (frame.isFirst) attempt.firstFrame();
            inner.onFrame(frame);
          },
        };
      },
      onFailure(route, failure) {
        endCurrent(failure.code);
        parts.onFailure(route, failure);
      },
    },
  };
}
