/** How a preparation is told, on streams that are a terminal, a log, or a program's pipe. */

import { Writable } from 'node:stream';
import { expect, test } from 'vitest';
import { DrydockError } from '../../../../src/rpc/errors.ts';
import type { PreparedModel } from '../../../../src/worker/model-files/runtime/prepare-model.ts';
import { openReport } from '../../../../src/worker/model-files/runtime/prepare-report.ts';

const ready: PreparedModel = {
  name: 'some',
  file: '/cache/models/some/some.gguf',
  sha256: 'abc',
  chatStyle: 'gemma',
  licence: undefined,
  directory: '/cache/models/some',
  graphCacheDirectory: '/cache/graphs',
  graphDir: '/cache/graphs/graph',
  weights: [
    { kind: 'attn_q', type: 'Q8_0', tensors: 6, form: 'exact' },
    { kind: 'token_embd', type: 'Q8_0', tensors: 1, form: 'exact' },
  ],
  random: false,
};

const readyLines =
  'some is ready in /cache/models/some; its weights are\n  exact: attn_q (6 × Q8_0), token_embd (Q8_0)\n';

class Sink extends Writable {
  readonly isTTY: boolean;
  readonly columns = 60;
  text = '';

  constructor(isTTY = false) {
    super();
    this.isTTY = isTTY;
  }

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString();
    done();
  }
}

function report(options: { readonly json?: boolean; readonly isTTY?: boolean }) {
  const streams = { stdout: new Sink(), stderr: new Sink(options.isTTY) };
  return { ...streams, told: openReport(streams, { json: options.json ?? false }) };
}

function goThrough({ told }: ReturnType<typeof report>): void {
  // What a fast disk does within a millisecond or two.
  for (let done = 0; done <= 1000; done++) told.step({ step: 'build', done, total: 1000 });
  told.note('a word');
  told.ready(ready);
}

test('tells a program every event, and of a quick step its two ends', () => {
  const made = report({ json: true });
  goThrough(made);
  made.told.failed(new DrydockError('WORKER_CANCELLED', 'it was cancelled'));
  made.told.failed(new Error('a bug'));
  const events = made.stdout.text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  const steps = events.filter(({ event }) => event === 'step');
  expect(steps[0]).toEqual({ event: 'step', step: 'build', done: 0, total: 1000 });
  expect(steps.at(-1)).toEqual({ event: 'step', step: 'build', done: 1000, total: 1000 });
  expect(steps.length).toBeLessThan(10);
  expect(events.filter(({ event }) => event !== 'step')).toEqual([
    { event: 'note', message: 'a word' },
    {
      event: 'ready',
      name: 'some',
      directory: '/cache/models/some',
      graphCacheDirectory: '/cache/graphs',
      sha256: 'abc',
      chatStyle: 'gemma',
      random: false,
      weights: ready.weights,
    },
    { event: 'error', code: 'WORKER_CANCELLED', message: 'it was cancelled' },
    { event: 'error', code: 'UNEXPECTED', message: 'a bug' },
  ]);
  expect(made.stderr.text).toBe('');
});

test('draws a bar on a terminal, and clears it before it says anything', () => {
  const made = report({ isTTY: true });
  goThrough(made);
  const frames = made.stderr.text.split('\r\x1b[K');
  expect(frames[1]).toMatch(/^░{30} Building its graph: 0 % of/);
  expect(frames.slice(-3)).toEqual([expect.stringMatching(/^█{30} Building its graph: 100/), 'a word\n', '']);
  expect(frames.length).toBeLessThan(15);
  expect(Math.max(...frames.map((frame) => frame.length))).toBeLessThan(60);
  expect(made.stdout.text).toBe(readyLines);
});

test('writes nothing of a quick step into a log', () => {
  const made = report({});
  goThrough(made);
  made.told.failed(new Error('told by others'));
  expect(made.stderr.text).toBe('a word\n');
  expect(made.stdout.text).toBe(readyLines);
});
