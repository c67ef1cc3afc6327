import { expect, test } from 'vitest';
import { Nucleus } from '../../../../src/worker/sampling/nucleus.ts';
import { createRandom, type Random } from '../../../../src/worker/sampling/random.ts';
import { SoftmaxDraw } from '../../../../src/worker/sampling/softmax-draw.ts';
import { logitsOf } from './numbers.ts';

/** Gives these numbers, and fails when more are asked for. */
function scripted(numbers: readonly number[]): Random {
  const left = [...numbers];
  return {
    next() {
      const [next] = left.splice(0, 1);
      if (next === undefined) throw new RangeError('no number is left');
      return next;
    },
  };
}

const whole = { largest: 0, sharpness: 1, topP: 1, minP: 0 };
/** Both in the likeliest bucket; the second weighs 0.986 of its bound. */
const near = Float32Array.of(0, -0.9 / 64);

test('takes a token with the share of its bucket’s bound that it weighs, else draws again', () => {
  const draw = new SoftmaxDraw(2);
  expect(draw.draw(near, whole, scripted([0.75, 0.98]))).toBe(1);
  expect(draw.draw(near, whole, scripted([0.75, 0.99, 0.25, 0.99]))).toBe(0);
});

test('drops a token below min-p that shares its bucket with one above', () => {
  const draw = new SoftmaxDraw(2);
  const random = createRandom(2);
  const minP = Math.exp(-0.5 / 64);
  const ids = Array.from({ length: 100 }, () => draw.draw(near, { ...whole, minP }, random));
  expect(new Set(ids)).toEqual(new Set([0]));
});

test.each([
  [{ topP: 1, minP: 0 }, [0, 1, 2, 3]],
  [{ topP: 0.5, minP: 0 }, [3]],
  [{ topP: 0.52, minP: 0 }, [1, 3]],
  [{ topP: 0.82, minP: 0 }, [0, 1, 3]],
  [{ topP: 0.82, minP: 0.5 }, [1, 3]],
  [{ topP: 1, minP: 0.2 }, [0, 1, 3]],
])('cuts to the fewest likeliest that reach top-p, and those to min-p: %j', (cut, ids) => {
  const nucleus = new Nucleus(4);
  const logits = logitsOf([0.14, 0.3, 0.05, 0.51]);
  nucleus.cut(logits, { largest: Math.max(...logits), sharpness: 1, ...cut });
  expect([0, 1, 2, 3].filter((id) => nucleus.has(id))).toEqual(ids);
  const random = createRandom(4);
  const drawn = new Set(Array.from({ length: 300 }, () => nucleus.draw(random)));
  expect([...drawn].sort((a, b) => a - b)).toEqual(ids);
});
