/** A handler whose generations are spans of the trace that whoever asks goes on with. What a span tells is numbers and names of ours, and no text. */

import type { DoneFrame } from '../contract/generate.ts';
import { isDrydockError } from '../errors.ts';
import type { GenerateHandler } from '../inference.ts';
import type { Tracer } from './span.ts';
import { parseTraceparent } from './trace-context.ts';

/**
 * @throws (while iterated) what the handler throws; the span then has its code, or `UNEXPECTED`. That of an answer that is left early
 *   has `RPC_CANCELLED`, and that of one without a token no event `first_token`.
 */
export function tracedHandler(handler: GenerateHandler, tracer: Tracer): GenerateHandler {
  return async function* traced(request, options) {
    const parent = parseTraceparent(options.traceparent);
    const span = tracer.begin('generate', { kind: 'server', parent });
    const resumedTokens = options.answeredIds?.length ?? 0;
    let done: DoneFrame['done'] | undefined;
    let isFirst = true;
    const end = (errorCode?: string) =>
      span.end({
        errorCode,
        attributes: {
          'gen_ai.operation.name': 'generate_content',
          'gen_ai.request.model': request.model,
          'gen_ai.usage.input_tokens': done?.usage.promptTokens,
          'gen_ai.usage.output_tokens': done?.usage.completionTokens,
          'drydock.cached_tokens': done?.usage.cachedTokens,
          'drydock.resumed_tokens': resumedTokens === 0 ? undefined : resumedTokens,
        },
      });
    try {
      for await (const frame of handler(request, options)) {
        if ('done' in frame) done = frame.done;
        else if (isFirst) span.event('first_token');
        isFirst = false;
        yield frame;
      }
    } catch (error) {
      end(isDrydockError(error) ? error.code : 'UNEXPECTED');
      throw error;
    } finally {
      // Left early: nobody wants the rest.
      end(done === undefined ? 'RPC_CANCELLED' : undefined);
    }
  };
}
