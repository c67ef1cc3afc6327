/**
 * Terraform's functions on files and their names. Relative names start from the directory where Terraform would be
 * run. A template file may not render template files.
 */

import { basename, dirname, isAbsolute, normalize, resolve } from 'node:path/posix';
import { STRING } from '../types/terraform-type.ts';
import { setFrom } from '../types/value-order.ts';
import { isMap, type Value } from '../value.ts';
import { utf8Of } from './encoding-functions.ts';
import { globMatcher } from './file-globs.ts';
import { type HashAlgorithm, hash } from './hash-functions.ts';
import {
  ArgumentProblem,
  define,
  type FunctionCall,
  type FunctionTable,
  onText,
  TEXT,
  textArgument,
  VALUE,
} from './terraform-function.ts';

export const FILE_FUNCTIONS: FunctionTable = {
  abspath: define([TEXT], (values, { files }) => resolve(files.directory, textArgument(values, 0))),
  basename: onText((path) => (path === '' ? '.' : basename(path) || '/')),
  dirname: onText((path) =>
    path.endsWith('/') ? normalize(path).replace(/(.)\/$/, '$1') : normalize(dirname(path)),
  ),
  pathexpand: onText((path) => {
    if (path.startsWith('~'))
      throw new ArgumentProblem('what "~" stands for is the machine\'s', { isLimit: true });
    return path;
  }),
  file: onFile((bytes) => textOf(bytes)),
  filebase64: onFile((bytes) => Buffer.from(bytes).toString('base64')),
  filemd5: hashOfFile('md5', 'hex'),
  filesha1: hashOfFile('sha1', 'hex'),
  filesha256: hashOfFile('sha256', 'hex'),
  filesha512: hashOfFile('sha512', 'hex'),
  filebase64sha256: hashOfFile('sha256', 'base64'),
  filebase64sha512: hashOfFile('sha512', 'base64'),
  fileexists: define(
    [TEXT],
    (values, { files }) => files.readFile(located(values, files.directory)) !== undefined,
  ),
  fileset: define([TEXT, TEXT], (values, { files }) => {
    const matches = globMatcher(textArgument(values, 1));
    const names = files.listFiles(located(values, files.directory)).filter((name) => matches(name));
    return setFrom(names, STRING);
  }),
  templatefile: define([TEXT, VALUE], templateFile, { strictness: 'shallow' }),
};

function onFile(use: (bytes: Uint8Array) => Value): FunctionTable[string] {
  return define([TEXT], (values, call) => use(bytesOf(values, call)));
}

/** Packages of programs are hashed, which are often built only before an apply. */
function hashOfFile(algorithm: HashAlgorithm, encoding: 'hex' | 'base64'): FunctionTable[string] {
  return define([TEXT], (values, { files }) => {
    const bytes = files.readFile(located(values, files.directory));
    if (bytes !== undefined) return hash(algorithm, bytes, encoding);
    return { kind: 'unknown', reason: `there is no file ${JSON.stringify(textArgument(values, 0))} yet` };
  });
}

function located(values: readonly Value[], directory: string): string {
  const path = textArgument(values, 0);
  if (path.startsWith('~'))
    throw new ArgumentProblem('what "~" stands for is the machine\'s', { isLimit: true });
  return isAbsolute(path) ? normalize(path) : resolve(directory, path);
}

function bytesOf(values: readonly Value[], { files }: FunctionCall): Uint8Array {
  const bytes = files.readFile(located(values, files.directory));
  if (bytes === undefined)
    throw new ArgumentProblem(`there is no file ${JSON.stringify(textArgument(values, 0))}`);
  return bytes;
}

function textOf(bytes: Uint8Array): string {
  return utf8Of(bytes, 'the file is not UTF-8 text');
}

function templateFile(values: readonly Value[], call: FunctionCall): Value {
  const variables = values[1] ?? null;
  if (!isMap(variables)) throw new ArgumentProblem('argument 2 must be a map');
  for (const name of variables.keys()) {
    if (!/^[\p{ID_Start}_][\p{ID_Continue}-]*$/u.test(name)) {
      throw new ArgumentProblem(`the name "${name}" is no name of a variable`);
    }
  }
  return call.renderTemplate(textOf(bytesOf(values, call)), variables);
}
