/** How one layer's verdict is put together, and what the layers of a way say together. */

import type { Place, UnknownCause } from '../vpc/model.ts';
import type { LayerName, LayerVerdict } from './verdict.ts';

export interface Spot {
  readonly layer: LayerName;
  readonly direction: 'ingress' | 'egress';
  readonly at: string;
}

/** What decided: a rule, a route, or what brings the default. */
export interface Decider {
  readonly address: string;
  readonly place?: Place | undefined;
}

export function allowed(spot: Spot, decider: Decider, text: string): LayerVerdict {
  return { ...spot, verdict: 'allow', ...named(decider), text };
}

export function denied(spot: Spot, decider: Decider, text: string): LayerVerdict {
  return { ...spot, verdict: 'deny', ...named(decider), text };
}

export function unknown(spot: Spot, decider: Decider, causes: readonly UnknownCause[]): LayerVerdict {
  const [cause] = causes;
  if (cause === undefined) throw new TypeError('an unknown verdict has a cause');
  const text = `unknown: ${causes.map(({ address, reason }) => `${address}: ${reason}`).join('; ')}`;
  const several = causes.length > 1 ? { causes } : {};
  return { ...spot, verdict: 'unknown', ...named(decider), text, cause, ...several };
}

export function causesOf(layer: LayerVerdict): readonly UnknownCause[] {
  return layer.causes ?? (layer.cause === undefined ? [] : [layer.cause]);
}

/** A certain no anywhere is a no; else anything unknown leaves it open. */
export function together(layers: readonly LayerVerdict[]): 'yes' | 'no' | 'unknown' {
  if (layers.some(({ verdict }) => verdict === 'deny')) return 'no';
  return layers.some(({ verdict }) => verdict === 'unknown') ? 'unknown' : 'yes';
}

function named({ address, place }: Decider): Pick<LayerVerdict, 'address' | 'file' | 'line'> {
  return { address, ...(place !== undefined && { file: place.file, line: place.line }) };
}
