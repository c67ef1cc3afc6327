/** The proxy beside an engine, as a real HAProxy on the loopback with the configuration of the deployment. */
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { type AddressInfo, connect, createServer } from 'node:net';
import { delimiter, join } from 'node:path';
import type { TestContext } from 'vitest';
import { engineProxyConfiguration } from '../../../../src/rpc/contract/engine-proxy.ts';
import { missing } from '../../../require.ts';
import type { JudgedEngine } from '../auth/judged-engine.ts';
import { type Program, startProgram } from '../program.ts';
import { within } from '../until.ts';
import { type Authority, makeAuthority } from './authority.ts';

export interface Proxy extends AsyncDisposable {
  readonly authority: Authority;
  readonly ports: { readonly worker: number; readonly gateway: number };
  /** What it logged. */
  readonly log: () => string;
}

/** @param folder for certificates and configuration. */
export async function startProxy(engine: JudgedEngine, folder: string, context: TestContext): Promise<Proxy> {
  const [haproxy, openssl] = ['haproxy', 'openssl'].map(find);
  if (haproxy === undefined) missing(context, 'HAProxy: apt-get install haproxy');
  if (openssl === undefined) missing(context, 'openssl: apt-get install openssl');
  const authority = await makeAuthority(folder);
  const ports = { worker: await freePort(), gateway: await freePort() };
  const listeners = (['worker', 'gateway'] as const).map((role) => ({
    name: `${role}s`,
    host: '127.0.0.1',
    port: ports[role],
    enginePort: engine.addresses[role].port,
  }));
  const { certificateFile } = authority;
  const file = join(folder, 'haproxy.cfg');
  await writeFile(file, engineProxyConfiguration({ certificateFile, listeners }));
  const program = startProgram(haproxy, ['-db', '-f', file]);
  await Promise.all(Object.values(ports).map((port) => listening(port, program)));
  return {
    authority,
    ports,
    log: () => `${program.output()}${program.errors()}`,
    [Symbol.asyncDispose]: () => program[Symbol.asyncDispose](),
  };
}

function find(name: string): string | undefined {
  return [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin']
    .map((folder) => join(folder, name))
    .find((path) => existsSync(path));
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function listening(port: number, program: Program): Promise<void> {
  const tries = async (): Promise<void> => {
    const isOpen = await new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1', () => resolve(true)).on('error', () => resolve(false));
      socket.on('connect', () => socket.destroy());
    });
    if (!isOpen && program.child.exitCode === null) await tries();
  };
  await within(`HAProxy on ${port}`, 5000, tries());
  if (program.child.exitCode !== null) throw new Error(`HAProxy has ended: ${program.errors()}`);
}
