/** Text that has a UTF-8: half a surrogate pair is no character, so a worker would see another text than was sent. */

import { z } from 'zod';

export const wellFormedText = z.string().refine((value) => value.isWellFormed(), {
  error: 'holds half a surrogate pair, which is no character',
});
