/** Routes of answers, as `gen_ai.operation.name` calls what they do. */

const operations: ReadonlyMap<string, string> = new Map([
  ['/v1/chat/completions', 'chat'],
  ['/v1/responses', 'chat'],
  ['/v1/completions', 'text_completion'],
]);

/** @returns `undefined` where a route answers without a model. */
export function operationOf(route: string): string | undefined {
  return operations.get(route);
}
