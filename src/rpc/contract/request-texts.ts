/** All text of a request that becomes part of a prompt, in no particular form: for sizes and guesses. Pure. */

import type { GenerateRequest } from './generate.ts';

export function requestTexts({
  messages,
  prompt,
  tools,
}: Pick<GenerateRequest, 'messages' | 'prompt' | 'tools'>): readonly string[] {
  const functions = tools?.functions ?? [];
  return [
    ...(prompt === undefined ? [] : [prompt]),
    ...functions.flatMap(({ name, description = '', parameters }) => [name, description, parameters]),
    ...messages.map(({ content }) => content),
    ...messages.flatMap(({ toolCalls = [] }) =>
      toolCalls.flatMap(({ name, arguments: written }) => [name, written]),
    ),
  ];
}
