/** llama.cpp built for this machine, measured by its own programs. They load the model for each measurement, and do not time that. */

import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { parseBatchedBench, parseLlamaBench } from './llama-cpp-output.ts';
import { decodeContext, type Measurement } from './measurements.ts';

const run = promisify(execFile);
const toolMsMax = 10 * 60 * 1000;

export interface LlamaCppTools {
  /** In the measurement's unit; undefined for one that these programs do not have. */
  measure(measurement: Measurement): Promise<number | undefined>;
}

export function llamaCppTools(
  folder: string,
  { modelFile, threads }: { readonly modelFile: string; readonly threads: number },
): LlamaCppTools {
  const tool = async (name: string, args: readonly (string | number)[]) => {
    const all = ['-m', modelFile, '-t', threads, ...args].map(String);
    return (await run(join(folder, name), all, { timeout: toolMsMax })).stdout;
  };
  return {
    async measure({ request }) {
      if (request.op === 'prefill') {
        return parseLlamaBench(
          await tool('llama-bench', ['-p', request.ids.length, '-n', 0, '-r', 1, '-o', 'json']),
        );
      }
      if (request.op !== 'decode') return undefined;
      const { prompts, tokens } = request;
      const context = prompts.length * (decodeContext + tokens);
      const args = [
        '-c',
        context,
        '-b',
        2048,
        '-ub',
        512,
        '-npp',
        decodeContext,
        '-ntg',
        tokens,
        '-npl',
        prompts.length,
      ];
      return parseBatchedBench(await tool('llama-batched-bench', [...args, '--output-format', 'jsonl']));
    },
  };
}
