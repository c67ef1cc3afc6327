/** Runs a system tool to its end, in the namespace that the thread is in. */
import { spawnSync } from 'node:child_process';

const budgetMs = 20_000;
const outputBytesMax = 64 * 2 ** 20;

/** @throws Error with the tool's own first line. */
export function run(command: string, args: readonly string[], input = ''): string {
  const result = spawnSync(command, args, {
    input,
    encoding: 'utf8',
    timeout: budgetMs,
    maxBuffer: outputBytesMax,
  });
  if (result.status !== 0) {
    const reason = result.error?.message ?? result.stderr.trim().split('\n')[0];
    throw new Error(reason || `exit ${result.status}`);
  }
  return result.stdout;
}
