/** What `up` tells: to a person step by step, or to a program as JSON lines. */
import { Listr } from 'listr2';

export interface Report {
  /** Shows a step with its time; `progress` may be called with a bar's worth of text. */
  step<T>(title: string, task: (progress: (text: string) => void) => Promise<T>): Promise<T>;
  /** A fact: text for a person, fields for a program. */
  fact(event: string, fields: Readonly<Record<string, unknown>>, text: string): void;
  /** A piece of the streamed answer. */
  answerText(text: string): void;
}

export function personReport(output: NodeJS.WriteStream): Report {
  // A terminal redraws the bar; elsewhere each one is a line of its own, so they are few.
  const pauseMs = output.isTTY ? 0 : 2_000;
  return {
    async step(title, task) {
      const outcome: { value?: Awaited<ReturnType<typeof task>> } = {};
      const started = performance.now();
      let shownAt = started;
      const list = new Listr(
        [
          {
            title,
            task: async (_, shown) => {
              outcome.value = await task((text) => {
                if (performance.now() - shownAt < pauseMs) return;
                shownAt = performance.now();
                shown.output = text;
              });
              shown.title = `${title} (${seconds(performance.now() - started)})`;
            },
          },
        ],
        {
          renderer: output.isTTY ? 'default' : 'simple',
          registerSignalListeners: false,
          rendererOptions: {},
        },
      );
      await list.run();
      // The list runs its one task to the end or throws.
      return outcome.value as Awaited<ReturnType<typeof task>>;
    },
    fact: (_, __, text) => output.write(`${text}\n`),
    answerText: (text) => output.write(printable(text)),
  };
}

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

/** What a model says is not trusted: a terminal must not obey it. Line breaks and tabs stay. */
export function printable(text: string): string {
  return text.replace(/(?![\n\t])\p{Cc}/gu, '\u{fffd}');
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
