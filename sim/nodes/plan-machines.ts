/** From the VPC to the machines that the fabric starts. Pure. */
import { join } from 'node:path';
import { DrydockError } from '../errors.ts';
import type { MachineSpec } from '../fabric/index.ts';
import type { VpcModel } from '../vpc/model.ts';
import { type LaunchedNode, parseLaunch } from './launch-contract.ts';
import { programs, type Reference } from './programs.ts';

/** What stands in for the AWS services behind the references, until those are simulated. */
export interface StandIns {
  /** Folder with `model.json` and the model file. */
  readonly modelDirectory: string;
  /** Writable; holds built graphs. */
  readonly cacheDirectory: string;
  /** `[{"id", "sha256"}]`. */
  readonly apiKeysJson: string;
  /** Holds `verify-keys/`, and `nodes/<id>/` with the node's token: replaced while programs run. */
  readonly credentialsDirectory: string;
  /** Of the proxies that end TLS beside engines, where there are any. */
  readonly certificates: EngineCertificates;
  readonly logDirectory: string;
  /** State of the run, with the API key itself: hidden from every program. */
  readonly stateDirectory: string;
}

/** Both as PEM. */
export interface EngineCertificates {
  /** Of who signed them. */
  authority(): string;
  /** That of an address, with its private key. */
  of(address: string): string;
}

/** Below /run/drydock, as docs/launch-contract.md has them. */
const authorityFile = 'engine-authority.pem';
const certificateFile = 'proxy/engine.pem';

/** @throws DrydockError SIM_LAUNCH_CONTRACT_BROKEN */
export function planNodes(model: VpcModel): readonly LaunchedNode[] {
  const nodes = model.instances.flatMap((instance) => parseLaunch(instance) ?? []);
  if (nodes.length === 0) {
    throw new DrydockError(
      'SIM_LAUNCH_CONTRACT_BROKEN',
      'could not launch anything: no machine of the configuration has the tag drydock:program; see docs/launch-contract.md',
    );
  }
  return nodes;
}

export function planMachine(node: LaunchedNode, namespace: string, standIns: StandIns): MachineSpec {
  const { command, references } = programs[node.program];
  const trusts = references.includes('engine-authority') && 'DRYDOCK_ENGINE_AUTHORITY' in node.environment;
  return {
    id: node.id,
    namespace,
    command,
    environment: trusts
      ? { ...node.environment, NODE_EXTRA_CA_CERTS: `/run/drydock/${authorityFile}` }
      : node.environment,
    files: {
      'node-id': node.id,
      'availability-zone': node.availabilityZone,
      ...(references.includes('api-keys') && { 'secrets/api-keys.json': standIns.apiKeysJson }),
      ...(trusts && { [authorityFile]: standIns.certificates.authority() }),
    },
    mounts: references.flatMap((reference) => mountsOf(reference, node, standIns)),
    hiddenFolders: [standIns.stateDirectory],
    logFile: join(standIns.logDirectory, `${node.id}.log`),
  };
}

/** As the machine's unit does: checked before it starts, started again a second after its end, ended by SIGTERM. */
const runProxy = [
  '"$1" -c -q -f /run/drydock/haproxy.cfg || exit 1',
  `echo '{"event":"ready"}' >&2`,
  'trap \'kill "$child"; exit 0\' TERM',
  'while :; do "$1" -db -f /run/drydock/haproxy.cfg & child=$!; wait "$child"; sleep 1; done',
].join('\n');

/** Name of the proxy beside a node, where it has one. */
export function proxyIdOf({ id, proxyConfiguration }: LaunchedNode): string | undefined {
  return proxyConfiguration === undefined ? undefined : `${id}-proxy`;
}

/**
 * The proxy beside a node: it shares the node's network and nothing else, so that the program does not see the certificate's key.
 * @param findHaproxy asked where there is one.
 */
export function planProxy(
  node: LaunchedNode,
  {
    namespace,
    address,
    standIns,
    findHaproxy,
  }: { namespace: string; address: string; standIns: StandIns; findHaproxy: () => string },
): MachineSpec | undefined {
  const id = proxyIdOf(node);
  if (id === undefined || node.proxyConfiguration === undefined) return undefined;
  return {
    ...{ id, namespace },
    command: ['/bin/sh', '-c', runProxy, 'sh', findHaproxy()],
    environment: { PATH: '/usr/bin:/bin' },
    files: { 'haproxy.cfg': node.proxyConfiguration, [certificateFile]: standIns.certificates.of(address) },
    mounts: [],
    hiddenFolders: [standIns.stateDirectory],
    logFile: join(standIns.logDirectory, `${id}.log`),
  };
}

function mountsOf(
  reference: Reference,
  { id }: LaunchedNode,
  { modelDirectory, cacheDirectory, credentialsDirectory }: StandIns,
): MachineSpec['mounts'] {
  switch (reference) {
    case 'api-keys':
    case 'engine-authority':
      return [];
    case 'model':
      return [
        { source: modelDirectory, target: 'model', isReadOnly: true },
        { source: cacheDirectory, target: 'cache', isReadOnly: false },
      ];
    case 'credential':
      return [{ source: join(credentialsDirectory, 'nodes', id), target: 'credential', isReadOnly: true }];
    case 'verify-keys':
      return [{ source: join(credentialsDirectory, 'verify-keys'), target: 'verify-keys', isReadOnly: true }];
  }
}
