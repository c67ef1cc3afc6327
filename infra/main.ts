/**
 * `node infra/main.ts` writes `<environment>/main.tf.json` for every environment under `infra/synth` (or `--out <folder>`).
 * With `--check` it writes nothing, and exits 1 with one line where a file is not what the code says. Exit 2: not judged.
 */
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { environments } from './environments/index.ts';
import { DrydockError } from './errors.ts';
import { checkSynthesis, writeSynthesis } from './synth-files-runtime.ts';

try {
  const { check, out } = parseArguments(process.argv.slice(2));
  if (check) checkSynthesis(environments, out);
  else for (const path of writeSynthesis(environments, out)) console.log(`wrote ${path}`);
} catch (error) {
  if (!(error instanceof DrydockError)) throw error;
  console.error(error.message);
  process.exitCode = error.code === 'INFRA_SYNTH_STALE' ? 1 : 2;
}

function parseArguments(args: string[]): { check: boolean; out: string } {
  const defaultOut = fileURLToPath(new URL('synth', import.meta.url));
  try {
    const { values } = parseArgs({
      args,
      options: {
        check: { type: 'boolean', default: false },
        out: { type: 'string', default: defaultOut },
      },
    });
    return values;
  } catch (cause) {
    throw new DrydockError(
      'INFRA_ARGUMENT_UNKNOWN',
      `could not read the arguments: ${args.join(' ')} is not [--check] [--out <folder>]; leave out what is not there`,
      { cause },
    );
  }
}
