/**
 * How calls of functions are written in a prompt and in an answer. Gemma-3 has no tokens for them: its makers have functions described in the
 * prompt and calls answered as JSON with `name` and `parameters`. Here a call stands in a block of code that a fixed line opens, so that text
 * which happens to be JSON is no call. The spelling outside of the arguments is exact: the grammar lets nothing else through. All of it is
 * ordinary text, so whoever writes a message can imitate it, in a prompt; an answer's calls are the model's own.
 */

import type { ToolCall, ToolUse } from '../../rpc/contract/tools.ts';

/** Opens a block of calls, and ends the text of an answer. */
export const callMarker = '```tool_code\n';
const blockEnd = '\n```';

/** In one answer. */
export const answerCallsMax = 16;

export const listOpen = '[';
export const listComma = ', ';
export const listClose = ']';
export const callClose = '}';

/** What stands before the arguments. A function's name needs no escapes. */
export function callOpen(name: string): string {
  return `{"name": "${name}", "parameters": `;
}

/** Tells a model which functions there are, and how it calls them. */
export function describeTools({ functions, isParallel }: ToolUse): string {
  const described = functions.map(({ name, description, parameters }) => {
    const about = description === undefined ? '' : `, "description": ${JSON.stringify(description)}`;
    return `{"name": ${JSON.stringify(name)}${about}, "parameters": ${parameters}}`;
  });
  const several = isParallel ? ' For several, write a JSON array of such objects.' : '';
  return [
    'Functions, each with the JSON Schema of its parameters:',
    `[${described.join(',\n')}]`,
    'To call one, write this and nothing after it:',
    `${callMarker}${callOpen('its name')}{"a parameter": its value}${callClose}${blockEnd}`,
    `What it gives comes as tool_output.${several} Where none is needed, answer in words.`,
  ].join('\n');
}

/** A turn of the assistant that called functions. */
export function turnWithCalls(content: string, calls: readonly ToolCall[]): string {
  const written = calls.map(({ name, arguments: given }) => `${callOpen(name)}${given}${callClose}`);
  const all = written.length === 1 ? written.join('') : `${listOpen}${written.join(listComma)}${listClose}`;
  return `${content === '' ? '' : `${content}\n`}${callMarker}${all}${blockEnd}`;
}

/** What a function gave. What is no JSON becomes a JSON text, in which nothing can end the block. */
export function resultBlock(name: string, content: string): string {
  return `\`\`\`tool_output\n{"name": ${JSON.stringify(name)}, "result": ${asJson(content)}}${blockEnd}`;
}

function asJson(content: string): string {
  try {
    // Written anew, for blanks between its parts may hold line breaks.
    return JSON.stringify(JSON.parse(content));
  } catch {
    return JSON.stringify(content);
  }
}
