/**
 * The span of a request, told when it has ended: route, status, our error code, model and tokens by OpenTelemetry's conventions for HTTP and
 * generative AI. Nothing of what was said, and nobody who said it.
 */

import type { RequestObserver } from '../request-record.ts';
import { operationOf } from './operation-names.ts';

/** Whoever asks now and then whether we live would fill every trace. */
const untold: ReadonlySet<string> = new Set(['/livez', '/readyz']);

export const traceRequest: RequestObserver = (record) => {
  const { span, method, route, status, errorCode, model, usage, finishReason, isReplay } = record;
  if (span === undefined || untold.has(route)) return;
  span.end({
    name: `${method} ${route}`,
    errorCode,
    attributes: {
      'http.request.method': method,
      'http.route': route,
      'http.response.status_code': status,
      'gen_ai.operation.name': operationOf(route),
      'gen_ai.request.model': model,
      'gen_ai.usage.input_tokens': usage?.promptTokens,
      'gen_ai.usage.output_tokens': usage?.completionTokens,
      'drydock.finish_reason': finishReason,
      'drydock.request_id': record.isRequestIdDrawn === true ? record.requestId : undefined,
      'drydock.is_replay': isReplay,
    },
  });
};
