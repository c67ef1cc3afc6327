/** What `./drydock model list` does. */

import { readModelFilesConfig } from '../config.ts';
import { megabytes } from '../progress-text.ts';
import { type ListedModel, listModels } from './list-models.ts';
import { readManifest } from './read-manifest.ts';

export async function listCommand({ json }: { readonly json: boolean }): Promise<void> {
  const models = await listModels(await readManifest(), readModelFilesConfig().cacheDir);
  process.stdout.write(json ? `${JSON.stringify(models)}\n` : listText(models));
}

function listText(models: readonly ListedModel[]): string {
  const rows = models.map(({ name, bytes, licence, cached, random, default: isDefault }) => [
    name,
    megabytes(bytes),
    cached ? 'cached' : 'not cached',
    `${licence.name}, ${licence.url}`,
    [...(isDefault ? ['default'] : []), ...(random ? ['random weights'] : [])].join(', '),
  ]);
  const widths = [0, 1, 2, 3].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const lines = rows.map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  '));
  return lines.map((line) => `${line.trimEnd()}\n`).join('');
}
