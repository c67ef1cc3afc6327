/** The program of one VPC's local services: it serves what `/run/drydock/local-services.json` says until SIGTERM. */
import { readFileSync } from 'node:fs';
import { openMetadataService } from './answer-metadata.ts';
import { openQueryResolver } from './answer-query.ts';
import type { LocalServices } from './local-services.ts';
import { serveDns } from './runtime/serve-dns.ts';
import { serveMetadata } from './runtime/serve-metadata.ts';

function tell(event: 'ready' | 'failed', msg: string): void {
  process.stderr.write(`${JSON.stringify({ event, msg })}\n`);
}

process.on('SIGTERM', () => process.exit(0));
try {
  // Written by the simulator itself, from the type that it is read as.
  const services = JSON.parse(readFileSync('/run/drydock/local-services.json', 'utf8')) as LocalServices;
  const { resolver, metadata } = services;
  const queries = openQueryResolver(resolver.names);
  await Promise.all([
    ...resolver.addresses.map((address) => serveDns(address, queries)),
    serveMetadata(metadata.address, openMetadataService({ machines: metadata.machines, nowMs: Date.now })),
  ]);
  tell('ready', 'resolver and instance metadata answer');
} catch (error) {
  tell('failed', error instanceof Error ? error.message : String(error));
  process.exitCode = 2;
}
