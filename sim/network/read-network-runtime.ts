/** From the path that the caller gave, or our own synthesis, to a model and its proof. */

import { fileURLToPath } from 'node:url';
import { shownPath } from '../policy/index.ts';
import { type Proof, prove } from '../prove/index.ts';
import { readTerraform } from '../terraform/index.ts';
import { buildVpcModel, type VpcModel } from '../vpc/index.ts';

export interface NetworkOptions {
  /** Default: our own synthesis of `dev`. */
  readonly path?: string;
  readonly variables: Readonly<Record<string, string>>;
  readonly variableFiles: readonly string[];
}

export interface ProvenNetwork {
  /** As people are told. */
  readonly input: string;
  readonly model: VpcModel;
  readonly proof: Proof;
}

const defaultPath = fileURLToPath(new URL('../../infra/synth/dev/main.tf.json', import.meta.url));

/** @throws SIM_TERRAFORM_… */
export async function readNetwork({
  path,
  variables,
  variableFiles,
}: NetworkOptions): Promise<ProvenNetwork> {
  const input = path?.replace(/(?<=[^/])\/+$/, '') ?? shownPath(defaultPath);
  const model = buildVpcModel(await readTerraform(input, { variables, variableFiles, keepsMistakes: true }));
  return { input, model, proof: prove(model) };
}
