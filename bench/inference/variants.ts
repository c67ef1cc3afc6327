/** The ways in which our engine can be run in the bench, as data: `--variants` names them. */

import {
  shortlistTokens,
  shortlistTokensOf4BitHead,
} from '../../src/worker/generation/open-model-runtime.ts';
import type { GraphOptions } from '../../src/worker/graph/graph-variant.ts';
import type { OurSettings } from './side-protocol.ts';

interface Form extends Pick<OurSettings, 'shortlistTokens' | 'spins'> {
  readonly graph: GraphOptions;
}

/** Idle threads spin, as llama.cpp's do: a setting for a machine that does nothing else, which the bench prints. */
const shipping: Form = { graph: { weights: 'auto' }, shortlistTokens, spins: true };

const forms: Readonly<Record<string, Form>> = {
  '8-bit': shipping,
  '8-bit without spinning': { ...shipping, spins: false },
  '4-bit head': {
    ...shipping,
    graph: { weights: 'auto', head: '4-bit' },
    shortlistTokens: shortlistTokensOf4BitHead,
  },
  '8-bit no shortlist': { ...shipping, shortlistTokens: 0 },
  '8-bit block 16': { ...shipping, graph: { weights: 'auto', block: 16 }, shortlistTokens: 0 },
  '8-bit block 32': { ...shipping, graph: { weights: 'auto', block: 32 }, shortlistTokens: 0 },
  '8-bit block 64': { ...shipping, graph: { weights: 'auto', block: 64 }, shortlistTokens: 0 },
  '8-bit block 128': { ...shipping, graph: { weights: 'auto', block: 128 }, shortlistTokens: 0 },
  lossless: { ...shipping, graph: { weights: 'lossless' }, shortlistTokens: 0 },
  '4-bit': { ...shipping, graph: { weights: '4-bit' } },
  float: { ...shipping, graph: { weights: 'float' }, shortlistTokens: 0 },
};

export interface Variant extends Form {
  readonly kind: OurSettings['kind'];
  readonly name: string;
}

/**
 * @param words `native 8-bit`, `portable 4-bit head`.
 * @throws TypeError for a word that names none.
 */
export function parseVariants(words: readonly string[]): readonly Variant[] {
  return words.map((word) => {
    const [, kind, name = ''] = /^(native|portable) (.+)$/.exec(word) ?? [];
    const form = Object.hasOwn(forms, name) ? forms[name] : undefined;
    if (form === undefined || (kind !== 'native' && kind !== 'portable')) {
      const names = Object.keys(forms).join(', ');
      throw new TypeError(`"${word}" is no variant: say native or portable, then one of ${names}`);
    }
    return { ...form, kind, name };
  });
}
