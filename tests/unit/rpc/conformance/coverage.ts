/** Every wire case, and what becomes of it here. `core` marks the forty that must hold before anything else. */

/** Cases with a test, by letter; a case that stands in neither table is a mistake that a test finds. */
export const tested: Readonly<Record<string, readonly number[]>> = {
  A: [1, 2, 3, 4, 5, 6, 7, 9, 10, 11, 12, 13, 14],
  B: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25],
  C: [2, 3, 4, 5, 6, 7, 9, 10, 11, 12, 13, 14, 15, 16],
  D: [1, 3, 4, 5, 6, 7],
  E: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11],
  F: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 14],
};

export const core: Readonly<Record<string, readonly number[]>> = {
  A: [1, 2, 4, 5, 7, 9, 11],
  B: [1, 3, 5, 6, 8, 9, 10, 13, 14, 16, 18, 20, 21, 23],
  C: [3, 5, 7, 9, 11, 16],
  D: [1, 3, 5],
  E: [1, 2, 3, 6, 7, 8, 9],
  F: [1, 5, 7],
};

/** Where the embedded engine is known to differ from the real one, or nobody has looked. */
export const untested: Readonly<Record<string, string>> = {
  A8: 'the limit of 16 MiB is for the whole message here, for a frame there; our peers never fragment',
  B26: 'no reply is ever lost here',
  B27: 'frames are sent without delay here',
  C1: 'part of every case that registers',
  C8: 'there is no configuration worker here, so its functions are not listed',
  D2: 'fires here too, but the rows of its list carry ids only',
  D8: 'triggers cannot be registered by a call here',
  D9: 'triggers cannot be removed by a call here',
  F12: 'there is no middleware here',
  F13: 'there are no registration hooks here',
};

export const lastNumber: Readonly<Record<string, number>> = { A: 14, B: 27, C: 16, D: 9, E: 11, F: 14 };
