/** What `./drydock model …` does. What goes wrong is thrown; in JSON it is an event as well. */

import { statSync } from 'node:fs';
import { readModelFilesConfig } from '../config.ts';
import { parseModelChoice } from '../model-choice.ts';
import { megabytes } from '../progress-text.ts';
import { type ListedModel, listModels } from './list-models.ts';
import { openNetwork } from './network.ts';
import { prepareModel } from './prepare-model.ts';
import { openReport } from './prepare-report.ts';
import { readManifest, repositoryDir } from './read-manifest.ts';

export interface CommandOptions {
  readonly json: boolean;
}

/** @param word a name of the manifest, or a file; undefined for the default. */
export async function prepareCommand(word: string | undefined, { json }: CommandOptions): Promise<void> {
  const report = openReport(process, { json });
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => stop.abort());
  try {
    const { cacheDir, environment } = readModelFilesConfig();
    const manifest = await readManifest();
    const prepared = await prepareModel(parseModelChoice(word, { manifest, isFile }), {
      manifest,
      cacheDir,
      repositoryDir,
      environment,
      network: openNetwork(environment),
      onProgress: report.step,
      onNote: report.note,
      signal: stop.signal,
    });
    report.ready(prepared);
  } catch (error) {
    report.failed(error);
    throw error;
  }
}

export async function listCommand({ json }: CommandOptions): Promise<void> {
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

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true;
}
