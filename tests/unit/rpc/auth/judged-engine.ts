/** An engine with the listeners of the deployment and its auth functions, in this process, as the engine program opens them. */
import { mkdtempDisposable } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { serveAuth } from '../../../../src/rpc/auth/serve-auth-runtime.ts';
import type { CredentialRole } from '../../../../src/rpc/contract/credential.ts';
import type { EngineAddress } from '../../../../src/rpc/contract/engines.ts';
import { authListener, deploymentListeners } from '../../../../src/rpc/engine/deployment.ts';
import { startEngine } from '../../../../src/rpc/engine/engine-runtime.ts';
import type { Incident } from '../../../../src/rpc/engine/incident.ts';
import { RawPeer, RawSocket } from '../conformance/raw-peer.ts';
import { type Issuer, makeIssuer, type TokenOptions, writeVerifyKeys } from './issuer.ts';

export interface JudgedEngine extends AsyncDisposable {
  readonly issuer: Issuer;
  readonly runDirectory: string;
  readonly authUrl: string;
  readonly urls: Readonly<Record<CredentialRole, string>>;
  readonly addresses: Readonly<Record<CredentialRole, EngineAddress>>;
  /** What the auth functions logged. */
  readonly log: readonly Readonly<Record<string, unknown>>[];
  readonly incidents: readonly Incident[];
  /** Moves the clock of the auth functions. */
  advance(ms: number): void;
  /** A peer that is admitted. */
  connect(role: CredentialRole, nodeId: string, options?: TokenOptions): Promise<RawPeer>;
  /** What becomes of a peer with these headers. */
  outcome(role: CredentialRole, headers: Readonly<Record<string, string>>): Promise<'admitted' | 'refused'>;
  /** What a peer with these headers gets that is not admitted: the frames, and the code of the end. */
  refusal(role: CredentialRole, headers: Readonly<Record<string, string>>): Promise<unknown>;
}

export async function startJudgedEngine(): Promise<JudgedEngine> {
  const scope = new AsyncDisposableStack();
  const { path: runDirectory } = scope.use(await mkdtempDisposable(join(tmpdir(), 'drydock-judged-')));
  const issuer = await makeIssuer();
  await writeVerifyKeys(runDirectory, [issuer]);
  const log: Readonly<Record<string, unknown>>[] = [];
  const note = (fields: Readonly<Record<string, unknown>>, message: string) =>
    log.push({ ...fields, message });
  const incidents: Incident[] = [];
  const engine = scope.use(
    await startEngine({ listeners: [], onIncident: (incident) => incidents.push(incident) }),
  );
  const port = await engine.open(authListener(0));
  const logger = { info: note, warn: note };
  let aheadMs = 0;
  const now = () => Date.now() + aheadMs;
  scope.use(await serveAuth({ port, environment: 'dev', runDirectory, logger, now }));
  const listeners = deploymentListeners({ host: '127.0.0.1', workersPort: 0, gatewaysPort: 0 });
  const address = async (index: 0 | 1): Promise<EngineAddress> => ({
    availabilityZone: 'zone-0',
    host: '127.0.0.1',
    port: await engine.open(listeners[index]),
  });
  const addresses = { worker: await address(0), gateway: await address(1) };
  const urls = {
    worker: `ws://127.0.0.1:${addresses.worker.port}`,
    gateway: `ws://127.0.0.1:${addresses.gateway.port}`,
  };
  return {
    issuer,
    runDirectory,
    authUrl: `ws://127.0.0.1:${port}`,
    urls,
    addresses,
    log,
    incidents,
    advance(ms) {
      aheadMs += ms;
    },
    connect: async (role, nodeId, options) =>
      scope.use(await RawPeer.connect(urls[role], await issuer.header(role, nodeId, options))),
    async outcome(role, headers) {
      await using socket = await new RawSocket(urls[role], headers).opened();
      const [first] = await socket.received(1);
      return JSON.parse(first?.data ?? '{}').type === 'workerregistered' ? 'admitted' : 'refused';
    },
    async refusal(role, headers) {
      await using socket = await new RawSocket(urls[role], headers).opened();
      const code = await socket.closed();
      return { code, frames: socket.messages.map(({ data }) => JSON.parse(data)) };
    },
    [Symbol.asyncDispose]: () => scope.disposeAsync(),
  };
}

/** A refusal says no reason to its peer: it stands in the log alone. */
export const refused = {
  code: 1005,
  frames: [{ type: 'error', error: { code: 'AUTH_ERROR', message: 'credential refused' } }],
};
