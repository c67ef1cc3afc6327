/**
 * The worker side as one request sees it: each wait for a worker and each try of one becomes a span of the request's, and workers learn whose
 * trace they work for. Where nothing is traced, a caller's own trace context still goes along.
 */

import type { AttemptWatch, GenerationWatch, InferenceClient } from '../../rpc/inference.ts';
import type { Span } from '../../rpc/tracing/span.ts';
import type { RequestRecord } from '../request-record.ts';

export function tracedInference(
  inference: InferenceClient,
  { span, traceparent }: Pick<RequestRecord, 'span' | 'traceparent'>,
): Pick<InferenceClient, 'generate'> {
  const watch = span === undefined ? passing(traceparent) : watching(span);
  return {
    generate: (request, options) =>
      inference.generate(request, watch === undefined ? options : { ...options, watch }),
  };
}

function passing(traceparent: string | undefined): GenerationWatch | undefined {
  if (traceparent === undefined) return undefined;
  const attempt: AttemptWatch = { traceparent, firstFrame() {}, end() {} };
  return { waits: () => () => {}, attempt: () => attempt };
}

function watching(span: Span): GenerationWatch {
  let attempts = 0;
  return {
    waits() {
      const wait = span.child('queue');
      return () => wait.end();
    },
    attempt({ workerId, engine }) {
      const attempt = span.child('generate', 'client');
      const number = attempts;
      attempts += 1;
      return {
        traceparent: attempt.traceparent,
        firstFrame: () => attempt.event('first_token'),
        end: (errorCode) =>
          attempt.end({
            errorCode,
            attributes: { 'drydock.worker': workerId, 'drydock.engine': engine, 'drydock.attempt': number },
          }),
      };
    },
  };
}
