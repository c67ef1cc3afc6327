/** OpenAI's Responses API over the same generation as chat completions. Nothing is stored: there is no GET of a response. */

import type { CompletionApi } from '../completions.ts';
import { responseEvents } from './response-events.ts';
import { endedResponse } from './response-object.ts';
import { parseResponseRequest } from './response-request.ts';

export const responsesApi: CompletionApi = {
  idPrefix: 'resp_',
  parse: parseResponseRequest,
  open: (options) => ({
    whole([answer], usage) {
      if (answer === undefined) throw new TypeError('a response is one answer');
      return endedResponse({ ...answer, usage }, options);
    },
    events: (frames, hooks) => responseEvents(frames, { ...options, ...hooks }),
  }),
};
