/**
 * From whatever was thrown to the one line the user sees, or one for each of several problems, and the exit code. Exit codes of every sub-command: 0 it holds,
 * 1 it does not hold, 2 it could not be judged. An action that judged sets `process.exitCode` to 1 itself, or throws
 * an error whose `details.exitCode` is 1; everything else that is thrown means 2.
 */

import { CommanderError } from 'commander';

export interface Failure {
  /** Undefined where the user was told already. */
  readonly text: string | undefined;
  readonly exitCode: number;
}

export function describeFailure(error: unknown, options: { readonly showsStacks: boolean }): Failure {
  if (error instanceof CommanderError) {
    // Commander printed its message. It calls help and version errors, too, with exit code 0.
    return { text: undefined, exitCode: error.exitCode === 0 ? 0 : 2 };
  }
  if (!(error instanceof Error)) {
    return { text: `drydock: unexpected error: ${String(error)}`, exitCode: 2 };
  }
  const stack = options.showsStacks ? `\n${stackOf(error)}` : '';
  if (error.name === 'DrydockError') {
    const lines = messagesOf(error).map((message) => `drydock: ${oneLine(message)}`);
    return { text: `${lines.join('\n')}${stack}`, exitCode: exitCodeOf(error) };
  }
  const hint = options.showsStacks ? '' : '; DRYDOCK_DEBUG=1 shows where it comes from';
  return { text: `drydock: unexpected error: ${firstLine(error.message)}${hint}${stack}`, exitCode: 2 };
}

/** Of an error that stands for several, each one's own. */
function messagesOf(error: Error): readonly string[] {
  const details = detailsOf(error);
  const problems: unknown =
    typeof details === 'object' && details !== null && 'problems' in details ? details.problems : undefined;
  const messages = (Array.isArray(problems) ? problems : []).flatMap((problem: unknown) =>
    typeof problem === 'object' && problem !== null && 'message' in problem ? [String(problem.message)] : [],
  );
  return messages.length === 0 ? [error.message] : messages;
}

const detailsOf = (error: Error): unknown => ('details' in error ? error.details : undefined);

function exitCodeOf(error: Error): number {
  const details = detailsOf(error);
  const isVerdict =
    typeof details === 'object' && details !== null && 'exitCode' in details && details.exitCode === 1;
  return isVerdict ? 1 : 2;
}

function stackOf(error: Error): string {
  const cause = error.cause instanceof Error ? `\ncaused by ${stackOf(error.cause)}` : '';
  return `${error.stack ?? error.message}${cause}`;
}

/** A message may name things of somebody's file: one line, and nothing that a terminal obeys. */
const oneLine = (text: string) => text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ');

const firstLine = (text: string) => text.split('\n', 1)[0] ?? '';
