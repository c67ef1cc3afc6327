/**
 * Reads Terraform JSON from a file, or from all `*.tf.json` files of a directory. A directory that also holds what
 * would change the result and is not read yet (HCL, variable files, overrides) is refused; a file stands for itself.
 */

import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { TerraformConfiguration } from './configuration.ts';
import { type ConfigurationText, fileError, parseConfiguration } from './parse-configuration.ts';

const BYTES_MAX = 32 * 1024 * 1024;
const NEXT_STEP = 'give a Terraform JSON file, or a directory that holds *.tf.json';

/** What else in a directory Terraform would read. */
const UNREAD_FILES: readonly { readonly pattern: RegExp; readonly what: string }[] = [
  { pattern: /\.(tf|tofu)$/, what: 'HCL is not read yet' },
  { pattern: /\.tofu\.json$/, what: 'OpenTofu-only files are not read yet' },
  { pattern: /(^|_)override\.tf\.json$/, what: 'override files are not read yet' },
  {
    pattern: /^terraform\.tfvars(\.json)?$|\.auto\.tfvars(\.json)?$/,
    what: 'variable files are not read yet',
  },
];

/** Throws SIM_TERRAFORM_UNREADABLE, SIM_TERRAFORM_INVALID or SIM_TERRAFORM_UNSUPPORTED. */
export function readTerraform(path: string): TerraformConfiguration {
  const files = isDirectory(path) ? filesOf(path) : [path];
  return parseConfiguration(path, files.map(readText));
}

function isDirectory(path: string): boolean {
  return attempt(path, () => statSync(path)).isDirectory();
}

/** Sorted, so that the same directory is read alike everywhere. Hidden and backup files are Terraform's to ignore. */
function filesOf(directory: string): readonly string[] {
  const names = attempt(directory, () => readdirSync(directory))
    .filter((name) => !name.startsWith('.') && !name.endsWith('~'))
    .sort();
  for (const name of names) {
    const unread = UNREAD_FILES.find(({ pattern }) => pattern.test(name));
    if (unread === undefined) continue;
    const nextStep = 'give the one *.tf.json file that is to be read';
    throw fileError('SIM_TERRAFORM_UNSUPPORTED', join(directory, name), { reason: unread.what, nextStep });
  }
  const files = names.filter((name) => name.endsWith('.tf.json')).map((name) => join(directory, name));
  if (files.length > 0) return files;
  throw fileError('SIM_TERRAFORM_UNREADABLE', directory, {
    reason: 'no *.tf.json file is in it',
    nextStep: NEXT_STEP,
  });
}

function readText(path: string): ConfigurationText {
  const stats = attempt(path, () => statSync(path));
  if (!stats.isFile() && !stats.isDirectory()) {
    throw fileError('SIM_TERRAFORM_UNREADABLE', path, {
      reason: 'it is no regular file',
      nextStep: NEXT_STEP,
    });
  }
  const { size } = stats;
  if (size > BYTES_MAX) {
    const reason = `it is larger than ${BYTES_MAX} bytes`;
    throw fileError('SIM_TERRAFORM_UNREADABLE', path, { reason, nextStep: NEXT_STEP });
  }
  const text = attempt(path, () => readFileSync(path, 'utf8'));
  return { path, text: text.startsWith('\uFEFF') ? text.slice(1) : text };
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file or directory',
  EACCES: 'permission denied',
  EISDIR: 'it is a directory',
};

function attempt<Result>(path: string, read: () => Result): Result {
  try {
    return read();
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
    throw fileError('SIM_TERRAFORM_UNREADABLE', path, { reason: REASONS[code] ?? code, nextStep: NEXT_STEP });
  }
}
