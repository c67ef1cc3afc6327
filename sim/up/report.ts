/** What `up` tells: to a person step by step, or to a program as JSON lines. */
import { Listr } from 'listr2';
import { printable } from '../escape.ts';

export interface Report {
  /** Shows a step with its time; `progress` may be called with a bar's worth of text. */
  step<T>(title: string, task: (progress: (text: string) => void) => Promise<T>): Promise<T>;
  /** A fact: text for a person, fields for a program. */
  fact(event: string, fields: Readonly<Record<string, unknown>>, text: string): void;
  /** A piece of the streamed answer. */
  answerText(text: string): void;
}

export function personReport(output: NodeJS.WriteStream): Report {
  return {
    step: output.isTTY ? terminalStep : (title, task) => lineStep(output, title, task),
    // Addresses and names in it come from a Terraform file that may be anybody's.
    fact: (_, __, text) => output.write(`${printable(text)}\n`),
    answerText: (text) => output.write(printable(text)),
  };
}

type Task<T> = (progress: (text: string) => void) => Promise<T>;

/** Redraws the step's line while it runs. */
async function terminalStep<T>(title: string, task: Task<T>): Promise<T> {
  const outcome: { value?: T } = {};
  const started = performance.now();
  const list = new Listr(
    [
      {
        title,
        async task(_, shown) {
          outcome.value = await task((text) => {
            shown.output = text;
          });
          shown.title = `${title} (${seconds(performance.now() - started)})`;
        },
      },
    ],
    // The error is told once, by whoever catches it.
    { registerSignalListeners: false, rendererOptions: { showErrorMessage: false, collapseErrors: false } },
  );
  await list.run();
  // The list has run its one task to the end, or thrown.
  return outcome.value as T;
}

/** Off a terminal a bar is a line of its own, so there are few. */
async function lineStep<T>(output: NodeJS.WriteStream, title: string, task: Task<T>): Promise<T> {
  const started = performance.now();
  let shownAt = started;
  try {
    const value = await task((text) => {
      if (performance.now() - shownAt < linePauseMs) return;
      shownAt = performance.now();
      output.write(`  ${text}\n`);
    });
    output.write(`✔ ${title} (${seconds(performance.now() - started)})\n`);
    return value;
  } catch (error) {
    output.write(`✖ ${title}\n`);
    throw error;
  }
}

const linePauseMs = 2_000;

export function jsonReport(output: NodeJS.WriteStream): Report {
  const write = (event: string, fields: Readonly<Record<string, unknown>>) =>
    output.write(`${JSON.stringify({ event, ...fields })}\n`);
  return {
    async step(title, task) {
      const started = performance.now();
      const result = await task(() => undefined);
      write('step', { title, ms: Math.round(performance.now() - started) });
      return result;
    },
    fact: (event, fields) => write(event, fields),
    answerText: (text) => write('text', { text }),
  };
}

export function seconds(ms: number): string {
  return ms < 1_000 ? `${Math.round(ms)} ms` : `${(ms / 1_000).toFixed(1)} s`;
}

function megabytes(bytes: number): string {
  return bytes < 10e6 ? (bytes / 1e6).toFixed(1) : String(Math.round(bytes / 1e6));
}

const barWidth = 30;

/** `[=======         ]  24 %  61 of 253 MB` */
export function progressBar(done: number, total: number): string {
  const share = total > 0 ? Math.min(1, done / total) : 0;
  const filled = Math.round(share * barWidth);
  const percent = String(Math.round(share * 100)).padStart(3);
  return `[${'='.repeat(filled)}${' '.repeat(barWidth - filled)}] ${percent} %  ${megabytes(done)} of ${megabytes(total)} MB`;
}
