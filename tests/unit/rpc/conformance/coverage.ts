/** How many wire cases there are, and which forty of them must hold before anything else. */

export const lastNumber: Readonly<Record<string, number>> = { A: 14, B: 27, C: 16, D: 9, E: 11, F: 14 };

export const core: Readonly<Record<string, readonly number[]>> = {
  A: [1, 2, 4, 5, 7, 9, 11],
  B: [1, 3, 5, 6, 8, 9, 10, 13, 14, 16, 18, 20, 21, 23],
  C: [3, 5, 7, 9, 11, 16],
  D: [1, 3, 5],
  E: [1, 2, 3, 6, 7, 8, 9],
  F: [1, 5, 7],
};

export const allIds: readonly string[] = Object.entries(lastNumber).flatMap(([letter, last]) =>
  Array.from({ length: last }, (_, index) => `${letter}${index + 1}`),
);

export const coreIds: readonly string[] = Object.entries(core).flatMap(([letter, numbers]) =>
  numbers.map((number) => `${letter}${number}`),
);
