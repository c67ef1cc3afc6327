/** Lists of token ids that somebody wrote: what is taken, and what is refused with which reason. */

import { execFileSync } from 'node:child_process';
import { truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readTokenIds } from '../../../../src/worker/evaluation/runtime/read-token-ids.ts';
import { checkTokenIds, parseTokenIds } from '../../../../src/worker/evaluation/token-ids.ts';
import { scratchDir } from '../scratch-dir.ts';
import { thrown } from '../thrown.ts';

const refused = (reason: string) => ({
  code: 'WORKER_IDS_INVALID',
  message: `could not read token ids from ids.json: ${reason}; give a JSON array of ids, or an object with one as "ids"`,
});

test.each([
  ['an array', '[2, 5, 511]', [2, 5, 511]],
  ['an object with ids, whatever else it holds', '{"text": "x", "ids": [2, 5], "nll": [0.5]}', [2, 5]],
])('takes %s', (_, text, ids) => {
  expect(parseTokenIds(text, 'ids.json')).toEqual(ids);
});

test.each([
  ['text that is no JSON', '[2, 5', 'it is not JSON'],
  ['a text', '"2 5"', 'it holds no array of ids'],
  ['null', 'null', 'it holds no array of ids'],
  ['an object without ids', '{"tokens": [2]}', 'it holds no array of ids'],
  ['ids that are no array', '{"ids": "2"}', 'it holds no array of ids'],
  ['a fraction', '[2, 5.5]', 'number 2 of its ids is no whole number from 0 on'],
  ['a negative id', '[-1, 5]', 'number 1 of its ids is no whole number from 0 on'],
  ['an id as text', '{"ids": [2, 3, "5"]}', 'number 3 of its ids is no whole number from 0 on'],
])('refuses %s', (_, text, reason) => {
  expect(thrown(() => parseTokenIds(text, 'ids.json'))).toMatchObject(refused(reason));
});

const limits = { origin: 'ids.json', vocabSize: 512, contextTokensMax: 4 };

test.each([[[2, 511]], [[2, 5, 0, 7]]])('lets a model evaluate %j', (ids) => {
  expect(() => checkTokenIds(ids, limits)).not.toThrow();
});

test.each([
  ['no ids', [], 'it has 0 of them, and the likelihood of the next one needs two'],
  ['a single id', [2], 'it has 1 of them, and the likelihood of the next one needs two'],
  ['more than the context', [2, 5, 5, 5, 5], 'it has 5 of them, and the model sees 4 at most'],
  ['an id past the vocabulary', [2, 512], "number 2 is 512, and the model's last token is 511"],
])('refuses to evaluate %s', (_, ids, reason) => {
  expect(thrown(() => checkTokenIds(ids, limits))).toMatchObject(refused(reason));
});

test.each([
  ['a file that is not there', () => undefined, /it cannot be read \(ENOENT\)/],
  [
    'a pipe, without waiting for its writer',
    (path: string) => execFileSync('mkfifo', [path]),
    /no.* regular file/,
  ],
  [
    'a file larger than any context, unread',
    (path: string) => {
      writeFileSync(path, '[');
      truncateSync(path, 16 * 1024 * 1024 + 1);
    },
    /it has 16777217 bytes, more than 16777216/,
  ],
])('refuses %s', async (_, make, reason) => {
  const path = join(scratchDir(), 'ids.json');
  make(path);
  await expect(readTokenIds(path)).rejects.toMatchObject({
    code: 'WORKER_IDS_INVALID',
    message: expect.stringMatching(reason),
  });
});

test('reads a file', async () => {
  const path = join(scratchDir(), 'ids.json');
  writeFileSync(path, '{"ids": [2, 5]}');
  expect(await readTokenIds(path)).toEqual([2, 5]);
});
