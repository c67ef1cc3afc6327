/** The corpus, read from the folders beside this file: each a `main.tf` and a `witness.md`. What is malformed is refused. */

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DrydockError } from '../errors.ts';
import { type Fact, parseFacts } from './facts.ts';

/** A small topology on which one semantic is observable, with what AWS documents about it. */
export interface Witness {
  readonly id: string;
  /** The semantic, in a sentence. */
  readonly semantic: string;
  readonly source: { readonly title: string; readonly url: string };
  /** Directory of the Terraform. */
  readonly path: string;
  readonly facts: readonly Fact[];
}

const SOURCE = /^Source: \[(?<title>.+)\]\((?<url>https:\/\/docs\.aws\.amazon\.com\/\S+)\)$/;

/** Sorted by id. @throws DrydockError SIM_INPUT_INVALID */
export function readWitnesses(): readonly Witness[] {
  const root = fileURLToPath(new URL('.', import.meta.url));
  return readdirSync(root, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .sort()
    .map((id) => readWitness(id, join(root, id)));
}

function readWitness(id: string, path: string): Witness {
  const file = join(path, 'witness.md');
  const text = readFileSync(file, 'utf8');
  const [title, , semantic, , source = ''] = text.split('\n');
  const groups = SOURCE.exec(source)?.groups;
  if (title !== `# ${id}` || semantic === undefined || semantic === '' || groups === undefined) {
    const reason = 'it opens with its id, the semantic in a line, and the page of AWS that documents it';
    throw new DrydockError('SIM_INPUT_INVALID', `could not read ${file}: ${reason}; correct its head`);
  }
  const { title: page = '', url = '' } = groups;
  return { id, semantic, source: { title: page, url }, path, facts: parseFacts(file, text) };
}
