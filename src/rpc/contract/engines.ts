import { DrydockError } from '../errors.ts';

/** One engine as `DRYDOCK_ENGINES` names it: `<availability zone>=<address>[:<port>]`. */
export interface EngineAddress {
  readonly availabilityZone: string;
  /** IPv4 address or host name. */
  readonly host: string;
  readonly port: number;
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
      const match = /^([a-z0-9-]+)=([A-Za-z0-9.-]+)(?::(\d{1,5}))?$/.exec(entry);
      const [, availabilityZone, host, port] = match ?? [];
      const portNumber = port === undefined ? defaultPort : Number(port);
      if (availabilityZone === undefined || host === undefined || portNumber < 1 || portNumber > 65_535) {
        throw new DrydockError(
          'RPC_CONFIG_INVALID',
          `could not read DRYDOCK_ENGINES: "${entry}" is not <availability zone>=<address>; list one engine per zone, separated by commas`,
        );
      }
      return { availabilityZone, host, port: portNumber };
    });
  if (engines.length === 0) {
    throw new DrydockError(
      'RPC_CONFIG_INVALID',
      'could not read DRYDOCK_ENGINES: it names no engine; set <availability zone>=<address>,…',
    );
  }
  return engines;
}
