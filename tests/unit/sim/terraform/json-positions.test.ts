import fc from 'fast-check';
import { expect, test } from 'vitest';
import { jsonPositions } from '../../../../sim/terraform/json-positions.ts';

const text = `{
  "a": {
    "b\\"{": [
      1,
      {"c": "x,]}"},
      [true,
       null]
    ],
    "d": {}
  }
}`;

test.each([
  [[], 1],
  [['a'], 2],
  [['a', 'b"{'], 3],
  [['a', 'b"{', 0], 4],
  [['a', 'b"{', 1], 5],
  [['a', 'b"{', 1, 'c'], 5],
  [['a', 'b"{', 2], 6],
  [['a', 'b"{', 2, 1], 7],
  [['a', 'd'], 9],
  [['a', 'd', 'nothing', 'here'], 9],
  [['nothing'], 1],
])('%j stands on line %i', (path, line) => {
  expect(jsonPositions(text).lineAt(path)).toBe(line);
});

test('finds names that stand twice in the same object, and only these', () => {
  expect(jsonPositions('{"a":{"x":1},"b":{"x":[{"x":1},{"x":2}]}}').duplicates).toEqual([]);
  expect(jsonPositions('{"a":{"x":1,"y":[{"k":1,"\\u006b":2}],"x":1}}').duplicates).toEqual([
    ['a', 'y', '0', 'k'],
    ['a', 'x'],
  ]);
});

test('every member of any JSON has the line on which its name stands', () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 4 }), fc.integer({ min: 0, max: 3 }), (value, indent) => {
      const written = JSON.stringify({ value }, null, indent);
      const positions = jsonPositions(written);
      expect(positions.duplicates).toEqual([]);
      const lines = written.split('\n');
      const check = (item: unknown, path: (string | number)[]) => {
        if (typeof item !== 'object' || item === null || Array.isArray(item)) return;
        for (const [name, inner] of Object.entries(item)) {
          expect(lines[positions.lineAt([...path, name]) - 1]).toContain(JSON.stringify(name));
          check(inner, [...path, name]);
        }
      };
      check({ value }, []);
    }),
  );
});
