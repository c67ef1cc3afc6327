/** Tells how a preparation goes: lines of JSON for a program, a bar for a terminal, a line now and then for a log. */

import { performance } from 'node:perf_hooks';
import type { Writable } from 'node:stream';
import { isDrydockError } from '../../../rpc/errors.ts';
import { weightLines } from '../../graph/weight-notes.ts';
import type { PreparationStep } from '../preparation-step.ts';
import { createProgressGate } from '../progress-gate.ts';
import { progressBar, progressText } from '../progress-text.ts';
import type { PreparedModel } from './prepare-model.ts';

export interface PrepareReport {
  step(step: PreparationStep): void;
  note(message: string): void;
  ready(model: PreparedModel): void;
  /** Before the error goes on to whoever tells people. */
  failed(error: unknown): void;
}

export interface ReportStreams {
  readonly stdout: Writable;
  readonly stderr: Writable & { readonly isTTY?: boolean; readonly columns?: number };
}

const nowMs = () => performance.now();

export function openReport({ stdout, stderr }: ReportStreams, { json }: { json: boolean }): PrepareReport {
  if (json) return jsonReport(stdout);
  const say = (message: string) => stdout.write(`${message}\n`);
  return stderr.isTTY === true ? barReport(stderr, say) : lineReport(stderr, say);
}

function jsonReport(stdout: Writable): PrepareReport {
  const passes = createProgressGate({ intervalMs: 100, nowMs, passesEnds: true });
  const write = (event: string, fields: object) => {
    stdout.write(`${JSON.stringify({ event, ...fields })}\n`);
  };
  return {
    step: ({ step, done, total }) => {
      if (passes({ step, done, total })) write('step', { step, done, total });
    },
    note: (message) => write('note', { message }),
    ready: ({ name, directory, graphCacheDirectory, sha256, chatStyle, random, weights }) =>
      write('ready', { name, directory, graphCacheDirectory, sha256, chatStyle, random, weights }),
    failed: (error) =>
      write('error', {
        code: isDrydockError(error) ? error.code : 'UNEXPECTED',
        message: error instanceof Error ? error.message : String(error),
      }),
  };
}

type Say = (message: string) => void;

function barReport(stderr: ReportStreams['stderr'], say: Say): PrepareReport {
  const passes = createProgressGate({ intervalMs: 100, nowMs, passesEnds: true });
  const clear = () => stderr.write('\r\x1b[K');
  return {
    step(step) {
      if (passes(step)) stderr.write(`\r\x1b[K${progressBar(step, stderr.columns ?? 80)}`);
    },
    note(message) {
      clear();
      stderr.write(`${message}\n`);
    },
    ready(model) {
      clear();
      say(readyText(model));
    },
    failed: clear,
  };
}

function lineReport(stderr: Writable, say: Say): PrepareReport {
  const passes = createProgressGate({ intervalMs: 5000, nowMs, passesEnds: false });
  return {
    step(step) {
      if (passes(step)) stderr.write(`${progressText(step)}\n`);
    },
    note: (message) => stderr.write(`${message}\n`),
    ready: (model) => say(readyText(model)),
    failed: () => undefined,
  };
}

const readyText = ({ name, directory, weights }: PreparedModel) =>
  [
    `${name} is ready in ${directory}; its weights are`,
    ...weightLines(weights).map((line) => `  ${line}`),
  ].join('\n');
