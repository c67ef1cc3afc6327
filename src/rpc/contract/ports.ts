/** The ports of the deployment. `infra/flows.ts` and the programs read them here; AWS and the simulator see the same. */
export const ports = {
  /** Gateway, from the internet. Plain HTTP until TLS lands. */
  gateway: 443,
  /** Gateway's internal listener, on loopback alone: metrics and administration. */
  gatewayInternal: 9464,
  /** Engine's listener for workers: they register here, and may call nothing. */
  engineForWorkers: 49134,
  /** Engine's listener for its auth function, on loopback alone. */
  engineForAuth: 49135,
  /** Engine's listener for gateways: they may call `infer::*`, and register nothing. */
  engineForGateways: 49136,
  /** Where an engine listens on the loopback while a proxy beside it owns those two. */
  engineBehindProxy: { workers: 49144, gateways: 49146 },
} as const;
