/** One of our programs as a process of its own: its log lines, its end, and waits on both that are bounded. */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { compileCache } from '../../../compile-cache.ts';

export interface LogLine {
  readonly level: number;
  readonly event?: string;
  readonly [key: string]: unknown;
}

const root = join(import.meta.dirname, '../../../..');
const node = join(root, 'node_modules/node/bin/node');
const waitMs = 20_000;

export class Program implements AsyncDisposable {
  readonly lines: LogLine[] = [];
  stdout = '';
  /** All of standard error, parsed or not. */
  stderr = '';
  readonly #child: ChildProcess;
  readonly #exited: Promise<unknown>;

  /** @param environment all that it gets of ours. */
  constructor(script: string, environment: Readonly<Record<string, string>>) {
    this.#child = spawn(node, [join(root, script)], {
      env: { ...compileCache, ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#exited = once(this.#child, 'close');
    this.#child.stdout?.on('data', (data: Buffer) => {
      this.stdout += data.toString();
    });
    this.#child.stderr?.on('data', (data: Buffer) => this.#read(data.toString()));
  }

  /** @throws Error with what it logged, when it ends first or the time is over. */
  async logged(event: string): Promise<LogLine> {
    const deadline = AbortSignal.timeout(waitMs);
    for (;;) {
      const line = this.lines.find((candidate) => candidate.event === event);
      if (line !== undefined) return line;
      const isOver = deadline.aborted || this.#child.exitCode !== null;
      if (isOver) throw new Error(`no "${event}" within ${waitMs} ms; it logged: ${this.stderr}`);
      await Promise.race([
        once(this.#child.stderr ?? this.#child, 'data', { signal: deadline }).catch(() => undefined),
        this.#exited,
      ]);
    }
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** @returns its exit code, null when a signal ended it. */
  async exitCode(): Promise<number | null> {
    const deadline = setTimeout(() => this.#child.kill('SIGKILL'), waitMs);
    await this.#exited;
    clearTimeout(deadline);
    return this.#child.exitCode;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#exited;
  }

  #read(text: string): void {
    this.stderr += text;
    const whole = this.stderr.slice(0, this.stderr.lastIndexOf('\n') + 1);
    this.lines.splice(0, this.lines.length, ...whole.split('\n').filter(Boolean).map(parseLine));
  }
}

function parseLine(line: string): LogLine {
  try {
    return JSON.parse(line);
  } catch {
    return { level: 0, unparsed: line };
  }
}
