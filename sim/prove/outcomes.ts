/**
 * From the verdicts there and back to the two answers for each kind of traffic. No layer on the way there looks at the
 * source port, and the way back looks at nothing else, so the answers are a product of both.
 */

import type { CauseSets } from './cause-sets.ts';
import { ALLOW, DENY } from './cause-sets.ts';
import { type Line, type LineBook, lineBook, pieces, valueAt } from './lines.ts';
import type { Path } from './network-paths.ts';
import { joinRanges, SOURCE_PORTS } from './port-ranges.ts';
import {
  type AxisSpan,
  ICMP_AXIS,
  OTHER_AXIS,
  pointOfIcmp,
  spanOfIcmpType,
  TCP_AXIS,
  UDP_AXIS,
} from './traffic-axis.ts';
import type { Answer, Family } from './verdict.ts';

export interface Outcome {
  readonly delivered: Answer;
  readonly verdict: Answer;
}

/** Values of its lines are outcomes by number; 0 is that nothing is delivered. */
export interface Outcomes {
  readonly lines: LineBook;
  readonly nothing: Line;
  readonly of: (path: Path | undefined, family: Family) => Line;
  readonly outcome: (value: number) => Outcome;
}

/** The way back of every source port at once. */
interface Summary {
  readonly answer: Answer;
  /** What is open about it. */
  readonly verdict: number;
}

const ECHO_REQUEST: Readonly<Record<Family, number>> = { 4: 8, 6: 128 };
const ECHO_REPLY: Readonly<Record<Family, number>> = { 4: 0, 6: 129 };
const NEVER: Answer = { kind: 'never' };
const ALWAYS: Answer = { kind: 'always' };

export function outcomesOf(causes: CauseSets): Outcomes {
  const lines = lineBook();
  const nothing = lines.constant(0);
  const answers = answerBook(causes);
  const outcomes = outcomeBook();
  const known = new Map<number, Line>();
  const summaries = new Map<string, Summary>();

  function summary(back: Line, axis: AxisSpan): Summary {
    const key = `${back.id} ${axis.first}`;
    const found = summaries.get(key) ?? summarize(causes, answers, { back, axis });
    summaries.set(key, found);
    return found;
  }

  function make({ there, back }: Path, family: Family): Line {
    const starts: number[] = [];
    const values: number[] = [];
    const put = (within: AxisSpan, answer: Summary | undefined) => {
      for (const { first, value } of pieces(there, within)) {
        starts.push(first);
        values.push(outcomes.idOf(outcomeOf(value, answer)));
      }
    };
    put(TCP_AXIS, summary(back, TCP_AXIS));
    put(UDP_AXIS, summary(back, UDP_AXIS));
    const echo = spanOfIcmpType(ECHO_REQUEST[family]);
    const reply = summaryAt(back, pointOfIcmp(ECHO_REPLY[family], 0));
    put({ first: ICMP_AXIS.first, last: echo.first - 1 }, undefined);
    put(echo, reply);
    put({ first: echo.last + 1, last: ICMP_AXIS.last }, undefined);
    for (const { first, last } of pieces(back, OTHER_AXIS)) put({ first, last }, summaryAt(back, first));
    return lines.line(starts, values);
  }

  function summaryAt(back: Line, at: number): Summary {
    const verdict = valueAt(back, at);
    return { answer: answers.of(verdict), verdict };
  }

  /** Without `answer`, none is asked for. */
  function outcomeOf(value: number, answer: Summary | undefined): Outcome | undefined {
    if (value === DENY) return undefined;
    const delivered = answers.of(value);
    if (answer === undefined) return { delivered, verdict: delivered };
    if (value === ALLOW || answer.answer.kind === 'never') return { delivered, verdict: answer.answer };
    const isOpen = answer.answer.kind === 'unknown';
    return { delivered, verdict: isOpen ? answers.of(causes.both(value, answer.verdict)) : delivered };
  }

  return {
    lines,
    nothing,
    outcome: outcomes.get,
    of(path, family) {
      if (path === undefined) return nothing;
      const key = (path.there.id * 2 ** 24 + path.back.id) * 2 + (family === 4 ? 0 : 1);
      const found = known.get(key) ?? make(path, family);
      known.set(key, found);
      return found;
    },
  };
}

type AnswerBook = ReturnType<typeof answerBook>;

function summarize(
  causes: CauseSets,
  answers: AnswerBook,
  { back, axis }: { readonly back: Line; readonly axis: AxisSpan },
): Summary {
  const ports = { first: axis.first + SOURCE_PORTS.from, last: axis.first + SOURCE_PORTS.to };
  const parts = pieces(back, ports);
  const values = new Set(parts.map(({ value }) => value));
  const open = [...values].filter((value) => value !== ALLOW && value !== DENY);
  const [only = ALLOW] = values;
  const verdict = open.length > 0 ? open.reduce(causes.both) : only;
  if (open.length > 0 || values.size === 1) return { answer: answers.of(verdict), verdict };
  const passing = parts.filter(({ value }) => value === ALLOW);
  const sourcePorts = joinRanges(
    passing.map(({ first, last }) => ({ from: first - axis.first, to: last - axis.first })),
  );
  return { answer: { kind: 'depends', sourcePorts }, verdict: ALLOW };
}

/** One object for each unknown answer, so that rows can share it. */
function answerBook(causes: CauseSets) {
  const unknown = new Map<number, Answer>();
  return {
    of(verdict: number): Answer {
      if (verdict === DENY) return NEVER;
      if (verdict === ALLOW) return ALWAYS;
      const found = unknown.get(verdict) ?? { kind: 'unknown', causes: causes.causes(verdict) };
      unknown.set(verdict, found);
      return found;
    },
  };
}

function outcomeBook() {
  const all: Outcome[] = [];
  const byText = new Map<string, number>();
  return {
    idOf(outcome: Outcome | undefined): number {
      if (outcome === undefined) return 0;
      const text = JSON.stringify(outcome);
      const found = byText.get(text) ?? all.push(outcome);
      byText.set(text, found);
      return found;
    },
    get(value: number): Outcome {
      const found = all[value - 1];
      if (found === undefined) throw new TypeError('an outcome comes from a line');
      return found;
    },
  };
}
