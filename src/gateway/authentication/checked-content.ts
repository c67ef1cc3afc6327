/** Content whose digest a credential vouches for. Whoever reads the content hands it here before using it. */

import type { DrydockError } from '../../rpc/errors.ts';
import type { ExpectedContent } from './content-digest.ts';

export interface CheckedContent {
  /** Whether content was found to be right. */
  readonly isChecked: boolean;
  /** @throws the refusal where it is another content. */
  check(content: Uint8Array): void;
}

export function checkedContent(
  expected: readonly ExpectedContent[],
  refuse: () => DrydockError,
): CheckedContent {
  let isChecked = false;
  return {
    get isChecked() {
      return isChecked;
    },
    check(content) {
      if (!expected.every((digest) => digest.matches(content))) throw refuse();
      isChecked = true;
    },
  };
}
