/** A network and what it permits, as one SVG picture. */

import type { Proof } from '../prove/index.ts';
import type { VpcModel } from '../vpc/model.ts';
import { drawSvg } from './draw-svg.ts';
import { drawnFlows } from './drawn-flows.ts';
import { layOut } from './layout.ts';

export function drawNetwork(model: VpcModel, proof: Proof, options: { readonly title: string }): string {
  const notes = [
    ...model.unplaced.map(({ endpoint, cause }) => `not drawn: ${endpoint}: ${cause.reason}`),
    ...model.unmodelled.map(({ address, reason }) => `not modelled: ${address}: ${reason}`),
  ];
  const unplaced = new Set(model.unplaced.map(({ endpoint }) => endpoint));
  const flows = proof.flows.filter(({ from, to }) => !unplaced.has(from) && !unplaced.has(to));
  return drawSvg(layOut({ model, flows: drawnFlows(flows), title: options.title, notes }));
}
