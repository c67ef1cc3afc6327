/** What `./drydock model prepare` does. What goes wrong is thrown; in JSON it is an event as well. */

import { statSync } from 'node:fs';
import type { WeightScheme } from '../../graph/weight-scheme.ts';
import { readModelFilesConfig } from '../config.ts';
import { parseModelChoice } from '../model-choice.ts';
import { openNetwork } from './network.ts';
import { prepareModel } from './prepare-model.ts';
import { openReport } from './prepare-report.ts';
import { readManifest, repositoryDir } from './read-manifest.ts';

/** @param word a name of the manifest, a file or a directory; undefined for the default. */
export async function prepareCommand(
  word: string | undefined,
  { json, weights }: { readonly json: boolean; readonly weights: WeightScheme },
): Promise<void> {
  const report = openReport(process, { json });
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => stop.abort());
  try {
    const { cacheDir, environment } = readModelFilesConfig();
    const manifest = await readManifest();
    const prepared = await prepareModel(parseModelChoice(word, { manifest, isThere }), {
      manifest,
      ...(weights === 'auto' ? {} : { weights }),
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

function isThere(path: string): boolean {
  const status = statSync(path, { throwIfNoEntry: false });
  return status?.isFile() === true || status?.isDirectory() === true;
}
