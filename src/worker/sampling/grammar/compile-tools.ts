/**
 * Functions that may be called, to an automaton of the answers that call them or none. Arguments satisfy the function's schema; those of one that
 * is not strict are any JSON object where its schema says what we do not enforce. Behind the marker of calls nothing but calls can
 * come, and behind them nothing at all.
 */

import type { ResponseFormat } from '../../../rpc/contract/generate.ts';
import type { ToolFunction, ToolUse } from '../../../rpc/contract/tools.ts';
import { DrydockError, isDrydockError } from '../../../rpc/errors.ts';
import type { WorkerErrorCode } from '../../errors.ts';
import { borderLengths } from '../../text/stop-scanner.ts';
import {
  answerCallsMax,
  callClose,
  callMarker,
  callOpen,
  listClose,
  listComma,
  listOpen,
} from '../../text/tool-call-text.ts';
import { type Automaton, AutomatonBuilder } from './automaton.ts';
import { compileSchema } from './compile-schema.ts';
import { trimAutomaton } from './trim-automaton.ts';

/** Of all functions together: some tenths of a second of nothing else. */
const statesMax = 60_000;

/**
 * Yields behind each function, for many of them take their time.
 * @throws DrydockError WORKER_SCHEMA_INVALID, WORKER_SCHEMA_UNSUPPORTED; with `details.param` where a function is at fault.
 */
export function* compileTools(
  tools: ToolUse,
  format: ResponseFormat,
): Generator<undefined, Automaton, undefined> {
  const builder = new AutomatonBuilder(statesMax);
  const { start, end } = builder.addRule();
  const calls = tools.isRequired ? start : builder.addState();
  const call = yield* addCallRule(builder, tools);
  addCalls(builder, calls, { call, isParallel: tools.isParallel, to: end });
  if (!tools.isRequired) {
    if (format.type === 'text') builder.addEpsilon(start, addText(builder, calls));
    else {
      builder.addCall(start, { rule: builder.append(compileSchema(format)), next: end });
      builder.addText(start, { text: callMarker, to: calls });
    }
  }
  return trimAutomaton(builder.states, start);
}

function addCalls(
  builder: AutomatonBuilder,
  from: number,
  {
    call: rule,
    isParallel,
    to,
  }: { readonly call: number; readonly isParallel: boolean; readonly to: number },
): void {
  builder.addCall(from, { rule, next: to });
  if (!isParallel) return;
  let next = builder.addState();
  builder.addText(from, { text: listOpen, to: next });
  for (let count = 1; count <= answerCallsMax; count++) {
    const after = builder.addState();
    builder.addCall(next, { rule, next: after });
    builder.addText(after, { text: listClose, to });
    next = builder.addState();
    if (count < answerCallsMax) builder.addText(after, { text: listComma, to: next });
  }
}

/** Any one call. */
function* addCallRule(
  builder: AutomatonBuilder,
  { functions, allowed }: ToolUse,
): Generator<undefined, number, undefined> {
  const { start, end } = builder.addRule();
  const closing = builder.addState();
  builder.addText(closing, { text: callClose, to: end });
  for (const [at, tool] of functions.entries()) {
    if (allowed !== undefined && !allowed.includes(tool.name)) continue;
    const written = builder.addState();
    builder.addText(start, { text: callOpen(tool.name), to: written });
    builder.addCall(written, { rule: addParameters(builder, tool, at), next: closing });
    yield;
  }
  return start;
}

/** @param at the function's place in the request. */
function addParameters(builder: AutomatonBuilder, tool: ToolFunction, at: number): number {
  try {
    return builder.append(compileParameters(tool));
  } catch (error) {
    if (!isDrydockError(error)) throw error;
    const code: WorkerErrorCode =
      error.code === 'WORKER_SCHEMA_UNSUPPORTED' ? 'WORKER_SCHEMA_UNSUPPORTED' : 'WORKER_SCHEMA_INVALID';
    const details = { ...error.details, param: `tools[${at}]` };
    throw new DrydockError<WorkerErrorCode>(code, error.message, { cause: error, details });
  }
}

function compileParameters({ parameters, isStrict }: ToolFunction): Automaton {
  try {
    return compileSchema({ type: 'json_schema', schema: parameters });
  } catch (error) {
    const isUnsupported = isDrydockError(error) && error.code === 'WORKER_SCHEMA_UNSUPPORTED';
    if (isStrict || !isUnsupported) throw error;
    return compileSchema({ type: 'json_object' });
  }
}

/**
 * Text of any bytes that goes on at `calls` once the marker has come: each state is how much of the marker the text ends in (Knuth, Morris, Pratt 1977).
 * @returns the state at which text begins.
 */
function addText(builder: AutomatonBuilder, calls: number): number {
  const borders = borderLengths(callMarker);
  const places = [...callMarker].map(() => builder.addState());
  const placeOf = (matched: number) => places[matched] ?? calls;
  const after = (matched: number, code: number): number => {
    if (callMarker.charCodeAt(matched) === code) return matched + 1;
    return matched === 0 ? 0 : after(borders[matched - 1] ?? 0, code);
  };
  for (const [matched, state] of places.entries()) {
    builder.at(state).isFinal = true;
    let low = 0;
    for (let byte = 0; byte < 256; byte++) {
      const to = after(matched, byte);
      if (byte < 255 && to === after(matched, byte + 1)) continue;
      builder.addEdge(state, { low, high: byte, to: placeOf(to) });
      low = byte + 1;
    }
  }
  return placeOf(0);
}
