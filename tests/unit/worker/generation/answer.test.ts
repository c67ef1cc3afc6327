import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { FinishReason, TokenFrame } from '../../../../src/rpc/contract/generate.ts';
import { type AnswerOptions, createAnswer } from '../../../../src/worker/generation/answer.ts';
import { createDetokenizer } from '../../../../src/worker/text/detokenizer.ts';
import { vocabularyOf } from '../text/vocabularies.ts';

const vocabulary = vocabularyOf(['▁Par', 'is', '.', '\n', 'User', ':', '▁x', 'is\nU', 'se', '☃']);
const idOf = (piece: string): number => vocabulary.tokens.indexOf(piece);

const answerWith = (changes: Partial<AnswerOptions> = {}) =>
  createAnswer({
    detokenizer: createDetokenizer(vocabulary),
    calls: 'none',
    stopStrings: ['\nUser:'],
    endIds: new Set([vocabulary.eosId]),
    tokensMax: 20,
    ...changes,
  });

function pushAll(pieces: readonly string[], changes: Partial<AnswerOptions> = {}) {
  const answer = answerWith(changes);
  const frames: TokenFrame[] = [];
  for (const piece of pieces) {
    if (answer.finishReason !== undefined) break;
    frames.push(...answer.push({ id: idOf(piece) }, false));
  }
  return { answer, frames, text: frames.map(({ text }) => text).join('') };
}

test.each<[string, string[], Partial<AnswerOptions>, string, FinishReason, number]>([
  ['the end token', ['is', '<eos>', 'is'], {}, 'is', 'stop', 1],
  ['an end token at once', ['<eos>'], {}, '', 'stop', 0],
  ['tokensMax', ['is', 'is', 'is', 'is'], { tokensMax: 3 }, 'isisis', 'length', 3],
  ['the end token on the last token that is allowed', ['is', '<eos>'], { tokensMax: 2 }, 'is', 'stop', 1],
  ['a stop string in one token', ['▁Par', '.', 'is'], { stopStrings: ['.'] }, ' Par', 'stop', 2],
  ['a stop string over tokens', ['▁Par', 'is', '.', 'is'], { stopStrings: ['ris.'] }, ' Pa', 'stop', 3],
  [
    'a stop string on the last token that is allowed',
    ['is', '.'],
    { stopStrings: ['.'], tokensMax: 2 },
    'is',
    'stop',
    2,
  ],
  ['a stop string that ends in another', ['▁x', '.', '\n', 'User', ':'], {}, ' x.', 'stop', 5],
])('ends at %s', (_, pieces, changes, text, finishReason, tokens) => {
  const { answer, ...result } = pushAll(pieces, changes);
  expect(result.text).toBe(text);
  expect(answer).toMatchObject({ finishReason, tokens });
});

test('ends with the token after which nothing may come', () => {
  const answer = answerWith();
  expect(answer.push({ id: idOf('is') }, true)).toEqual([{ seq: 0, ids: [idOf('is')], text: 'is' }]);
  expect(answer.finishReason).toBe('stop');
});

test.each<[string, string[], Partial<AnswerOptions>]>([
  ['the end token', ['.', '\n', 'User', '<eos>'], {}],
  ['the last token', ['.', '\n', 'User'], { tokensMax: 3 }],
])('gives text that was held back when %s comes without the stop string', (_, pieces, changes) => {
  const { frames } = pushAll(pieces, changes);
  const [dot, line, user] = ['.', '\n', 'User'].map(idOf);
  expect(frames).toEqual([
    { seq: 0, ids: [dot], text: '.' },
    { seq: 1, ids: [], text: '' },
    { seq: 2, ids: [line], text: '' },
    { seq: 3, ids: [user], text: '\nUser' },
  ]);
});

test('gives a token whose text was held in part with all of its text', () => {
  const { frames } = pushAll(['is\nU', 'se', '<eos>']);
  expect(frames).toEqual([
    { seq: 0, ids: [], text: '' },
    { seq: 1, ids: [idOf('is\nU')], text: 'is' },
    { seq: 2, ids: [idOf('se')], text: '\nUse' },
  ]);
});

test('sends no half of a character, and a token that ends in one only with what follows', () => {
  const bytes = ['<0xF0>', '<0x9F>', '<0x99>', '<0x82>'];
  const [first = 0, second = 0, third = 0, fourth = 0] = bytes.map(idOf);
  expect(pushAll([...bytes, '<eos>']).frames).toEqual([
    { seq: 0, ids: [], text: '' },
    { seq: 1, ids: [first], text: '' },
    { seq: 2, ids: [second], text: '' },
    { seq: 3, ids: [third, fourth], text: '🙂' },
  ]);
});

test.each<[string, string[], Partial<AnswerOptions>, FinishReason]>([
  ['the last token', ['is', '<0xF0>', '<0x9F>'], { tokensMax: 3 }, 'length'],
  ['the end token', ['is', '<0xF0>', '<0x9F>', '<eos>'], {}, 'stop'],
])('ends in U+FFFD where %s comes in the middle of a character', (_, pieces, changes, finishReason) => {
  const { answer, frames, text } = pushAll(pieces, changes);
  expect(text).toBe('is\ufffd');
  // It comes with a token, so that its loss would be noticed.
  expect(frames.at(-1)).toMatchObject({ ids: [idOf('<0x9F>')], text: '\ufffd' });
  expect(answer).toMatchObject({ finishReason, tokens: 3 });
});

test.each<[string, string[], string[], string]>([
  ['is a stop string', ['is', '<0xF0>'], ['\ufffd'], 'is'],
  ['is the end of one', ['▁Par', 'is', '<0xF0>'], ['is\ufffd'], ' Par'],
  ['is the beginning of one', ['is', '<0xF0>'], ['\ufffd.'], 'is\ufffd'],
  ['comes after the beginning of one', ['is', '.', '<0xF0>'], ['..'], 'is.\ufffd'],
])('U+FFFD at the end that %s is text like any other', (_, pieces, stopStrings, text) => {
  const whole = pushAll(pieces, { stopStrings, tokensMax: pieces.length });
  expect(whole.text).toBe(text);
  const isStopped = !text.endsWith('\ufffd');
  expect(whole.answer).toMatchObject({ finishReason: isStopped ? 'stop' : 'length', tokens: pieces.length });
});

test('gives a log probability beside the id that it belongs to, also when both were held', () => {
  const answer = answerWith();
  const pieces = ['▁x', '\n', 'User', '.', '<eos>'];
  const frames = pieces.flatMap((piece) => {
    const logprob = { text: piece, bytes: [], logprob: -1, top: [] };
    return answer.push({ id: idOf(piece), logprob }, false);
  });
  for (const { ids, logprobs = [] } of frames) {
    expect(logprobs.map(({ text }) => idOf(text))).toEqual(ids);
  }
  expect(frames.flatMap(({ ids }) => ids)).toEqual(pieces.slice(0, 4).map(idOf));
});

const pieces = fc.array(
  fc.constantFrom(
    '▁x',
    '\n',
    'User',
    ':',
    'is\nU',
    'se',
    '<0xF0>',
    '<0x9F>',
    '<0x99>',
    '<0x82>',
    '☃',
    '<eos>',
  ),
  { minLength: 1, maxLength: 16 },
);
const stops = fc.array(fc.constantFrom('\nUser:', 'is\nUse', 'ser', '\n\n', '☃☃', '\ufffd', '🙂\ufffd'), {
  maxLength: 3,
});

/** The end token, or as many tokens as there are. */
const ends = fc.boolean();

test('however tokens come, frames count them once, in order, and the last brings one', () => {
  fc.assert(
    fc.property(pieces, stops, ends, (pushed, stopStrings, isCut) => {
      const tokensMax = isCut ? pushed.length : 20;
      const { answer, frames } = pushAll([...pushed, '<eos>'], { stopStrings, tokensMax });
      expect(frames.map(({ seq }) => seq)).toEqual(frames.map((_, at) => at));
      expect(frames.flatMap(({ ids }) => ids)).toEqual(pushed.slice(0, answer.tokens).map(idOf));
      if (answer.tokens > 0) expect(frames.at(-1)?.ids).not.toEqual([]);
      expect(answer.finishReason).toMatch(isCut ? /stop|length/ : 'stop');
    }),
  );
});

test('goes on after any frame as if it had never been interrupted', () => {
  fc.assert(
    fc.property(pieces, stops, ends, (pushed, stopStrings, isCut) => {
      const changes = { stopStrings, tokensMax: isCut ? pushed.length : 20 };
      const whole = pushAll([...pushed, '<eos>'], changes);
      let sent = { ids: 0, text: '' };
      for (const { ids, text } of whole.frames) {
        sent = { ids: sent.ids + ids.length, text: sent.text + text };
        const resumed = answerWith(changes);
        for (const piece of pushed.slice(0, sent.ids)) resumed.push({ id: idOf(piece) }, false);
        resumed.forget();
        const rest: TokenFrame[] = [];
        for (const piece of [...pushed.slice(sent.ids), '<eos>']) {
          if (resumed.finishReason === undefined) rest.push(...resumed.push({ id: idOf(piece) }, false));
        }
        expect(sent.text + rest.map((frame) => frame.text).join('')).toBe(whole.text);
        expect(rest.map(({ seq }) => seq)).toEqual(rest.map((_, at) => at));
        expect(rest.flatMap((frame) => frame.ids)).toEqual(
          whole.frames.flatMap((frame) => frame.ids).slice(sent.ids),
        );
        const { tokens, finishReason } = whole.answer;
        expect(resumed).toMatchObject({ tokens, finishReason });
      }
    }),
  );
});
