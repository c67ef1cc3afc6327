import { DrydockError } from '../errors.ts';

/** One engine as `DRYDOCK_ENGINES` names it: `<availability zone>=[wss://]<address>[:<port>]`. */
export interface EngineAddress {
  readonly availabilityZone: string;
  /** IPv4 address or host name. */
  readonly host: string;
  readonly port: number;
  /** A proxy beside the engine ends TLS. Absent: plain. */
  readonly isEncrypted?: true;
}

/** Where the engine's connections and channels begin. */
export function engineUrl({ host, port, isEncrypted }: EngineAddress): string {
  return `${isEncrypted === true ? 'wss' : 'ws'}://${host}:${port}`;
}

/**
 * Reads `DRYDOCK_ENGINES`, for example `eu-west-1a=10.0.10.10,eu-west-1b=10.0.11.10`.
 * @param defaultPort the listener that this role dials, unless the entry names one.
 * @throws DrydockError RPC_CONFIG_INVALID
 */
export function parseEngines(text: string, defaultPort: number): readonly EngineAddress[] {
  const engines = text
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '')
    .map((entry) => {
      const match = /^([a-z0-9-]+)=(wss:\/\/)?([A-Za-z0-9.-]+)(?::(\d{1,5}))?$/.exec(entry);
      const [, availabilityZone, scheme, host, port] = match ?? [];
      const portNumber = port === undefined ? defaultPort : Number(port);
      if (availabilityZone === undefined || host === undefined || portNumber < 1 || portNumber > 65_535) {
        throw new DrydockError(
          'RPC_CONFIG_INVALID',
          `could not read DRYDOCK_ENGINES: "${entry}" is not <availability zone>=[wss://]<address>; list one engine per zone, separated by commas`,
        );
      }
      const tls = scheme === undefined ? {} : ({ isEncrypted: true } as const);
      return { availabilityZone, host, port: portNumber, ...tls };
    });
  if (engines.length === 0) {
    throw new DrydockError(
      'RPC_CONFIG_INVALID',
      'could not read DRYDOCK_ENGINES: it names no engine; set <availability zone>=<address>,…',
    );
  }
  return engines;
}
