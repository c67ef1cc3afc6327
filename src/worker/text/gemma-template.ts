/**
 * Tells Gemma-3's chat template from others, however it is spelt: blanks, quotes, comments and names of variables do not matter. It
 * reads words and runs nothing, so a template that only looks alike can be taken for it.
 */

import { turnTokens } from './control-tokens.ts';

/** What the template does, each in the words of an error and as a pattern in the squeezed text. */
const marks: readonly (readonly [lack: string, pattern: RegExp])[] = [
  [`no ${turnTokens.start}`, /<start_of_turn>/],
  [`no ${turnTokens.end}`, /<end_of_turn>/],
  ['no beginning of an answer', /add_generation_prompt.*<start_of_turn>model/],
  // Its text is put before the first user's, and it is no turn of its own.
  ['no system message set apart', /messages\[0\](?:\.role|\['role'\])=='system'.*messages\[1:\]/],
  ['no alternating roles', /%2/],
];
const foreign: readonly (readonly [what: string, pattern: RegExp])[] = [
  ['marks of another family', /<\|\w|\w\|>|\[\/?INST\]|<<SYS>>/],
  ['the system message refused', /raise_exception\('[^')]*system/i],
  ['a turn of the system', /<start_of_turn>system/],
];

/** @returns what in the template is not as in Gemma-3's; nothing where it is Gemma-3's. */
export function unlikeGemmaTemplate(template: string): readonly string[] {
  const squeezed = squeeze(template);
  return [
    ...marks.filter(([, pattern]) => !pattern.test(squeezed)),
    ...foreign.filter(([, pattern]) => pattern.test(squeezed)),
  ].map(([what]) => what);
}

/** Without comments and blanks, with one kind of quote, and neighbouring texts joined. */
function squeeze(template: string): string {
  return template
    .replaceAll(/\{#.*?#\}/gs, '')
    .replaceAll(/\s+/g, '')
    .replaceAll('"', "'")
    .replaceAll(/'[+~]'/g, '');
}
