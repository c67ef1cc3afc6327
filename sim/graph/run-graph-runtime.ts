/** `drydock graph`: reads the network, proves it, and writes the picture. */

import { type NetworkOptions, readNetwork, writeOutput } from '../network/index.ts';
import { drawNetwork } from './draw-network.ts';

export interface GraphOptions extends NetworkOptions {
  readonly svg: string;
  readonly print: (text: string) => void;
}

export async function runGraph(options: GraphOptions): Promise<void> {
  const { input, model, proof } = await readNetwork(options);
  writeOutput(options.svg, drawNetwork(model, proof, { title: input }));
  options.print(`wrote ${options.svg}\n`);
}
