/**
 * The files of a directory that Terraform would read: configuration, overrides and variable files, each in its order.
 * What OpenTofu alone would read is refused by name. Nothing is read that is no regular file or larger than 32 MiB.
 */

import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileError } from './file-error.ts';
import type { ConfigurationText } from './parse-file.ts';

export interface ModuleFileNames {
  /** Paths, as the caller named the directory. */
  readonly files: readonly string[];
  readonly overrides: readonly string[];
  /** Those read without being named: `terraform.tfvars`, then `*.auto.tfvars`. */
  readonly variableFiles: readonly string[];
}

const BYTES_MAX = 32 * 1024 * 1024;
const NEXT_STEP = 'give a file or a directory of Terraform, *.tf or *.tf.json';

export function isDirectory(path: string): boolean {
  return attempt(path, () => statSync(path)).isDirectory();
}

/** Sorted, so that the same directory is read alike everywhere. Hidden and backup files are Terraform's to ignore. */
export function moduleFilesIn(directory: string): ModuleFileNames {
  const names = attempt(directory, () => readdirSync(directory))
    .filter((name) => !/^[.#]|~$|^#.*#$/.test(name))
    .sort();
  const tofu = names.find((name) => /\.tofu(\.json)?$/.test(name));
  if (tofu !== undefined) {
    const reason = 'OpenTofu-only files are not read';
    const nextStep = 'give the file that is to be read';
    throw fileError('SIM_TERRAFORM_UNSUPPORTED', join(directory, tofu), { reason, nextStep });
  }
  const configuration = names.filter((name) => /\.tf(\.json)?$/.test(name));
  if (configuration.length === 0) {
    const reason = 'no *.tf or *.tf.json file is in it';
    throw fileError('SIM_TERRAFORM_UNREADABLE', directory, { reason, nextStep: NEXT_STEP });
  }
  const isOverride = (name: string) => /(^|_)override\.tf(\.json)?$/.test(name);
  const paths = (chosen: readonly string[]) => chosen.map((name) => join(directory, name));
  return {
    files: paths(configuration.filter((name) => !isOverride(name))),
    overrides: paths(configuration.filter(isOverride)),
    variableFiles: paths([
      ...names.filter((name) => name === 'terraform.tfvars'),
      ...names.filter((name) => name === 'terraform.tfvars.json'),
      ...names.filter((name) => /\.auto\.tfvars(\.json)?$/.test(name)),
    ]),
  };
}

export function readText(path: string): ConfigurationText {
  const stats = attempt(path, () => statSync(path));
  if (!stats.isFile() && !stats.isDirectory()) {
    const reason = 'it is no regular file';
    throw fileError('SIM_TERRAFORM_UNREADABLE', path, { reason, nextStep: NEXT_STEP });
  }
  if (stats.size > BYTES_MAX) {
    const reason = `it is larger than ${BYTES_MAX} bytes`;
    throw fileError('SIM_TERRAFORM_UNREADABLE', path, { reason, nextStep: NEXT_STEP });
  }
  const text = attempt(path, () => readFileSync(path, 'utf8'));
  return { path, text: text.startsWith('\uFEFF') ? text.slice(1) : text };
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file or directory',
  ENOTDIR: 'it is no directory',
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
