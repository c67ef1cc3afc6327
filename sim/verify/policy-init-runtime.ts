/** `drydock policy init`: a policy file from what gets through today. It writes over nothing unless it is told to. */

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { DrydockError } from '../errors.ts';
import { type NetworkOptions, readNetwork, writeOutput } from '../network/index.ts';
import { folderOf, POLICY_NAME, shownPath, writePolicy } from '../policy/index.ts';

export interface PolicyInitOptions extends NetworkOptions {
  /** Default: drydock.policy.yaml beside the configuration. */
  readonly output?: string;
  readonly isForced: boolean;
  readonly print: (text: string) => void;
}

export async function runPolicyInit(options: PolicyInitOptions): Promise<void> {
  const { input, proof } = await readNetwork(options);
  const file = options.output ?? shownPath(join(folderOf(input), POLICY_NAME));
  if (existsSync(file) && !options.isForced) {
    const text = `could not write ${file}: it is there already; cut it down by hand, or give --force to write over it`;
    throw new DrydockError('SIM_INPUT_INVALID', text, { details: { file } });
  }
  writeOutput(file, writePolicy(proof.flows, { input, byPublicAddress: proof.byPublicAddress }));
  const open = proof.flows.filter(({ delivered }) => delivered.kind === 'unknown').length;
  const rest = open === 0 ? '' : ` Left out, for it is not known: ${open} rows, named at its end.`;
  options.print(
    `Wrote ${file}: all that is known to get through today is allowed there. Cut it down to what you mean.${rest}\n`,
  );
}
