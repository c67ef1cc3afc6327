/** Rules about files as a whole: their length and their names. Pure. */

import { type Finding, isCode, isUnder, type SourceFile } from './source-file.ts';

const linesMax = 400;
const mostLines = 150;
/** One file in so many may be longer than most. */
const longOneIn = 5;

const isWritten = ({ path }: SourceFile) => !/^(tests\/fixtures|tests\/vectors|infra\/synth)\//.test(path);
const isProgram = (file: SourceFile) =>
  isWritten(file) && (isCode(file.path) || file.path === 'drydock' || file.path.startsWith('.ci/'));
const linesOf = ({ text }: SourceFile) => text.trimEnd().split('\n').length;

/** No file over 400 lines; most, four in five, under 150. */
export function checkLength(files: readonly SourceFile[]): Finding[] {
  const programs = files.filter(isProgram);
  const long = programs
    .filter((file) => linesOf(file) >= mostLines)
    .sort((one, other) => linesOf(other) - linesOf(one));
  const findings = long
    .filter((file) => linesOf(file) > linesMax)
    .map((file) => ({
      path: file.path,
      line: 0,
      rule: 'length',
      what: `${linesOf(file)} lines, over ${linesMax}`,
    }));
  if (long.length * longOneIn > programs.length) {
    const names = long.map((file) => `${file.path} (${linesOf(file)})`).join(', ');
    findings.push({
      path: '.',
      line: 0,
      rule: 'length',
      what: `too many files of ${mostLines} lines or more: ${names}`,
    });
  }
  return findings;
}

const kebabCase = /^\.?[a-z0-9]+(-[a-z0-9]+)*(\.[a-z0-9]+(-[a-z0-9]+)*)*$/;
/** vitest's own name for the folder. */
const snapshots = '__snapshots__';
const document = /^[A-Z]+(\.md)?$/;
const vagueName = /(^|-)(manager|helper|helpers|util|utils|impl|misc|common)\b/;

/** Folders and files are in kebab-case; documents that readers look for by name stand at the root in capitals. */
export function checkNames(files: readonly SourceFile[]): Finding[] {
  return files.filter(isWritten).flatMap(({ path }) => {
    const parts = path.split('/');
    const isDocument = parts.length === 1 && document.test(path);
    const wrong = isDocument ? [] : parts.filter((part) => !kebabCase.test(part) && part !== snapshots);
    const vague = isUnder(path, 'docs') ? [] : parts.filter((part) => vagueName.test(part));
    return [
      ...wrong.map((part) => ({ path, line: 0, rule: 'names', what: `${part} is not in kebab-case` })),
      ...vague.map((part) => ({
        path,
        line: 0,
        rule: 'names',
        what: `${part} says nothing of what is in it`,
      })),
    ];
  });
}
