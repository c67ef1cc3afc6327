import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { writeOut } from '../../../../src/gateway/runtime/write-out.ts';

function opened(path: string, flags: string): number {
  const file = openSync(path, flags);
  onTestFinished(() => closeSync(file));
  return file;
}

test('writes all of a text', () => {
  const folder = mkdtempSync(join(tmpdir(), 'drydock-write-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'log');
  const text = 'a line, and another\n'.repeat(10_000);
  expect(writeOut(opened(path, 'a'), text)).toBe(true);
  expect(readFileSync(path, 'utf8')).toBe(text);
});

test('gives up where a disk is full, or the file cannot be written', () => {
  expect(writeOut(opened('/dev/full', 'a'), 'a line\n')).toBe(false);
  expect(writeOut(opened('/dev/null', 'r'), 'a line\n')).toBe(false);
});
