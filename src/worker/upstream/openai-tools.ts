/** Functions, calls and their results as OpenAI's requests write them, which all dialects take. */

import type { ChatMessage } from '../../rpc/contract/generate.ts';
import type { ToolUse } from '../../rpc/contract/tools.ts';

type Fields = Readonly<Record<string, unknown>>;

/** Only those that may be called are named: not every server knows of `allowed_tools`. */
export function openaiTools({ functions, allowed, isRequired, isParallel }: ToolUse): Fields {
  const callable = functions.filter(({ name }) => allowed === undefined || allowed.includes(name));
  const [only] = callable;
  const isNamed = isRequired && allowed !== undefined && callable.length === 1;
  return {
    tools: callable.map(({ name, description, parameters, isStrict }) => ({
      type: 'function',
      function: {
        name,
        ...(description === undefined ? {} : { description }),
        parameters: JSON.parse(parameters),
        strict: isStrict,
      },
    })),
    tool_choice: isNamed
      ? { type: 'function', function: { name: only?.name } }
      : isRequired
        ? 'required'
        : 'auto',
    parallel_tool_calls: isParallel,
  };
}

export function openaiMessage({ role, content, toolCalls, toolCallId }: ChatMessage): Fields {
  if (role === 'tool') return { role, content, tool_call_id: toolCallId };
  if (toolCalls === undefined) return { role, content };
  return {
    role,
    content: content === '' ? null : content,
    tool_calls: toolCalls.map(({ id, name, arguments: given }) => ({
      id,
      type: 'function',
      function: { name, arguments: given },
    })),
  };
}
