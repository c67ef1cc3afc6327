/** The door of what every sub-command begins with: a path read, modelled and proven. */

export { type NetworkOptions, type ProvenNetwork, readNetwork } from './read-network-runtime.ts';
export { writeOutput } from './write-output-runtime.ts';
