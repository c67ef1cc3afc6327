/** `drydock explain`: reads the network, asks the prover, and tells. */

import { type NetworkOptions, readNetwork } from '../network/index.ts';
import { explainVerdicts, type Family, type VerdictQuestion } from '../prove/index.ts';
import { exitCodeOf } from './describe-answer.ts';
import { explainFlow } from './explain-flow.ts';

export interface ExplainOptions extends NetworkOptions {
  readonly from: string;
  readonly to: string;
  readonly traffic: Pick<VerdictQuestion, 'protocol' | 'port'>;
  readonly family?: Family;
  readonly isJson: boolean;
  readonly print: (text: string) => void;
}

/** @returns 0 the flow works, 1 it does not, 2 it cannot be told. */
export async function runExplain(options: ExplainOptions): Promise<0 | 1 | 2> {
  const { from, to, traffic, family } = options;
  const { model } = await readNetwork(options);
  const question = { from, to, ...traffic, ...(family !== undefined && { family }) };
  const explanation = explainVerdicts(model, question);
  const text =
    traffic.port === undefined ? `${traffic.protocol} echo` : `${traffic.protocol}/${traffic.port}`;
  options.print(
    options.isJson
      ? `${JSON.stringify({ schemaVersion: 1, question, ...explanation }, null, 2)}\n`
      : explainFlow({ from, to, traffic: text }, explanation),
  );
  return exitCodeOf(explanation);
}
