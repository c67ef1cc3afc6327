/** What people and programs are told: progress, pip's words, ranges, where the cache is. */

import { expect, test } from 'vitest';
import { readModelFilesConfig } from '../../../../src/worker/model-files/config.ts';
import { parseContentRange, strongTag } from '../../../../src/worker/model-files/content-range.ts';
import { networkReason, oneLine } from '../../../../src/worker/model-files/model-errors.ts';
import { createProgressGate } from '../../../../src/worker/model-files/progress-gate.ts';
import { megabytes, progressBar, progressText } from '../../../../src/worker/model-files/progress-text.ts';
import { findWheel, pipReason, receivedBytes } from '../../../../src/worker/model-files/wheel-files.ts';

const step = (done: number, kind: 'download' | 'verify' | 'build' = 'download') => ({
  step: kind,
  done,
  total: 100,
});

function gate(options: { readonly intervalMs: number; readonly passesEnds: boolean }) {
  const clock = { ms: 0 };
  const passes = createProgressGate({ ...options, nowMs: () => clock.ms });
  return (atMs: number, told: ReturnType<typeof step>) => {
    clock.ms = atMs;
    return passes(told);
  };
}

test('lets through the ends of each step, and between them one report per interval', () => {
  const passes = gate({ intervalMs: 100, passesEnds: true });
  expect(passes(0, step(0))).toBe(true);
  expect(passes(50, step(1))).toBe(false);
  expect(passes(100, step(2))).toBe(true);
  expect(passes(150, step(3))).toBe(false);
  expect(passes(160, step(100))).toBe(true);
  expect(passes(170, step(100))).toBe(false);
  expect(passes(180, step(5, 'build'))).toBe(true);
  expect(passes(190, step(100, 'build'))).toBe(true);
});

test('says nothing of a step that is over within the interval, where ends do not matter', () => {
  const passes = gate({ intervalMs: 5000, passesEnds: false });
  expect(passes(0, step(0))).toBe(false);
  expect(passes(4000, step(100))).toBe(false);
  expect(passes(6000, step(0, 'build'))).toBe(false);
  expect(passes(11_000, step(50, 'build'))).toBe(true);
  expect(passes(11_100, step(60, 'build'))).toBe(false);
  expect(passes(12_000, step(100, 'build'))).toBe(false);
});

test.each([
  [{ step: 'download', done: 0, total: 291_545_600 }, 'Getting the model: 0 % of 292 MB'],
  [{ step: 'verify', done: 291_545_599, total: 291_545_600 }, 'Checking the model: 99 % of 292 MB'],
  [{ step: 'build', done: 5, total: 5 }, 'Building its graph: 100 % of 0.0 MB'],
  [{ step: 'build', done: 0, total: 0 }, 'Building its graph: 0 % of 0.0 MB'],
] as const)('writes %j as "%s"', (each, text) => {
  expect(progressText(each)).toBe(text);
});

test('draws a bar that fits the terminal', () => {
  const half = { step: 'build', done: 50_000_000, total: 100_000_000 } as const;
  expect(progressBar(half, 80)).toBe(`${'█'.repeat(15)}${'░'.repeat(15)} Building its graph: 50 % of 100 MB`);
  expect(progressBar(half, 20)).toHaveLength(19);
  expect(progressBar(half, 0)).toBe('');
});

test.each([
  [357_792, '0.4 MB'],
  [9_999_999, '10.0 MB'],
  [253_113_024, '253 MB'],
])('writes %i bytes as %s', (bytes, text) => {
  expect(megabytes(bytes)).toBe(text);
});

test.each([
  ['bytes 100-199/200', { start: 100, totalBytes: 200 }],
  ['Bytes 0-0/*', { start: 0, totalBytes: undefined }],
  ['bytes */200', undefined],
  ['items 0-1/2', undefined],
  ['bytes 1-2/3, bytes 4-5/6', undefined],
  [null, undefined],
])('reads the range %j', (header, range) => {
  expect(parseContentRange(header)).toEqual(range);
});

test.each([
  ['"abc"', '"abc"'],
  ['W/"abc"', undefined],
  ['abc', undefined],
  [null, undefined],
])('takes of the tag %j what a condition may hold', (etag, tag) => {
  expect(strongTag(etag)).toBe(tag);
});

test('finds a wheel by its normalized name and its version', () => {
  const wanted = { name: 'a-b-part1', version: '1.0', wheelBytes: 1, wheelSha256: '', member: '' };
  const right = 'A.b_part1-1.0-py3-none-any.whl';
  expect(findWheel(['a_b_part10-1.0-py3-none-any.whl', 'a_b_part1-1.0.tar.gz', right], wanted)).toBe(right);
  expect(findWheel(['a_b_part1-1.0.1-py3-none-any.whl'], wanted)).toBeUndefined();
});

test('counts a wheel once, though pip has it in two places', () => {
  const files = [
    { name: 'a.whl', bytes: 70 },
    { name: 'a.whl', bytes: 100 },
    { name: 'b.whl', bytes: 5 },
    { name: 'requirements.txt', bytes: 999 },
  ];
  expect(receivedBytes(files)).toBe(105);
});

test.each([
  ['a\nERROR: first\nERROR: second\n', 'first'],
  ['one\n\ntwo\n  \n', 'two'],
  ['', 'it said nothing'],
])('takes out of pip’s output %j the reason "%s"', (output, reason) => {
  expect(pipReason(output)).toBe(reason);
});

test('tells the innermost reason of a network error', () => {
  const cause = new Error('', { cause: Object.assign(new Error(''), { code: 'ENOTFOUND' }) });
  expect(networkReason(new TypeError('fetch failed', { cause }))).toBe('ENOTFOUND');
  expect(networkReason(new TypeError('fetch failed', { cause: { status: 0 } }))).toBe('fetch failed');
  expect(networkReason('gone')).toBe('gone');
});

test('makes a reason one short line without a password', () => {
  expect(oneLine('a\n b  https://user:secret@host/x ')).toBe('a b https://host/x');
  expect(oneLine('x'.repeat(1000))).toHaveLength(301);
});

test.each([
  [{ XDG_CACHE_HOME: '/cache', HOME: '/somebody' }, '/cache/drydock'],
  [{ XDG_CACHE_HOME: 'relative', HOME: '/somebody' }, '/somebody/.cache/drydock'],
  [{ XDG_CACHE_HOME: '', HOME: '/somebody' }, '/somebody/.cache/drydock'],
])('has for %j the cache at %s', (environment, cacheDir) => {
  expect(readModelFilesConfig(environment)).toEqual({ cacheDir, environment });
});
