/** `drydock verify`: reads, proves, judges and tells. */

import { type NetworkOptions, readNetwork, writeOutput } from '../network/index.ts';
import { findPolicy, readPolicy } from '../policy/index.ts';
import { formats } from './formats/every-format.ts';
import { verdictText } from './formats/text.ts';
import { judgedTraces } from './judged-traces.ts';
import type { Report } from './report.ts';
import { exitCodes, verify } from './verify.ts';

export interface VerifyOptions extends NetworkOptions {
  /** Default: the one beside the configuration, or above it. */
  readonly policyFile?: string;
  readonly format: keyof typeof formats;
  /** Whether real packets are sent as well. */
  readonly isEnforced: boolean;
  /** Where it is written; absent: all of it is printed. */
  readonly output?: string;
  readonly print: (text: string) => void;
}

/** @returns the exit code. */
export async function runVerify(options: VerifyOptions): Promise<0 | 1 | 2> {
  const report = await verifyNetwork(options);
  const text = formats[options.format](report);
  if (options.output === undefined) options.print(text);
  else {
    writeOutput(options.output, text);
    options.print(`${verdictText(report)}\n`);
  }
  return exitCodes[report.verdict];
}

async function verifyNetwork(options: VerifyOptions): Promise<Report> {
  const { input, model, proof } = await readNetwork(options);
  const policyFile = options.policyFile ?? findPolicy(input);
  const policy = policyFile === undefined ? undefined : readPolicy(policyFile);
  const differ = options.isEnforced ? await (await import('./enforce-runtime.ts')).enforce(model) : undefined;
  return verify({ input, model, proof, traces: judgedTraces(model), policy, differ });
}
