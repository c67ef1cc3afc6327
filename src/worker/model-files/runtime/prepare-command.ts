/** What `./drydock model prepare` does. What goes wrong is thrown; in JSON it is an event as well. */

import { statSync } from 'node:fs';
import { readModelFilesConfig } from '../config.ts';
import { parseModelChoice } from '../model-choice.ts';
import { openNetwork } from './network.ts';
import { prepareModel } from './prepare-model.ts';
import { openReport } from './prepare-report.ts';
import { readManifest, repositoryDir } from './read-manifest.ts';

/** @param word a name of the manifest, or a file; undefined for the default. */
export async function prepareCommand(
  word: string | undefined,
  { json }: { readonly json: boolean },
): Promise<void> {
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

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true;
}
