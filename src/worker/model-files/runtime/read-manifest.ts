/** The committed manifest, and the clone that its paths start from. */

import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { type Manifest, parseManifest } from '../manifest.ts';

export const repositoryDir = fileURLToPath(new URL('../../../../', import.meta.url));

export async function readManifest(): Promise<Manifest> {
  const url = new URL('../../../../models/manifest.json', import.meta.url);
  return parseManifest(await readFile(url, 'utf8'), 'models/manifest.json');
}
