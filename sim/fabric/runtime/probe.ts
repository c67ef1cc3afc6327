/** Real TCP probes: one SYN per port, in waves. No listener is needed: a RST says "reached and came back", silence says dropped. */
import { connect } from 'node:net';
import type { NamespaceSwitch } from './namespace-switch.ts';

/** What came back. `unreachable` is an ICMP error or a refusal by the own kernel. */
export type ProbeOutcome = 'open' | 'closed' | 'silent' | 'unreachable';

export interface ProbeRequest {
  readonly namespace: string;
  readonly address: string;
  readonly ports: readonly number[];
  /** Below 1,000, so that a probe is exactly one SYN: the kernel sends its second after a second. */
  readonly timeoutMs: number;
  /** Source port, where it matters; one port then. */
  readonly sourcePort?: number;
  /** Sockets open at once. Default 2,048: below the usual limit of 4,096 descriptors. */
  readonly atOnceMax?: number;
}

const waveSizeDefault = 2_048;

const outcomeByError: Readonly<Record<string, ProbeOutcome>> = {
  ECONNREFUSED: 'closed',
  EHOSTUNREACH: 'unreachable',
  ENETUNREACH: 'unreachable',
  EPERM: 'unreachable',
};

/** Outcomes in the order of the ports. */
export async function probePorts(
  request: ProbeRequest,
  namespaces: NamespaceSwitch,
): Promise<readonly ProbeOutcome[]> {
  const waveSize = request.atOnceMax ?? waveSizeDefault;
  const outcomes: ProbeOutcome[] = [];
  for (let start = 0; start < request.ports.length; start += waveSize) {
    const wave = request.ports.slice(start, start + waveSize);
    outcomes.push(...(await Promise.all(wave.map((port) => probePort(request, port, namespaces)))));
  }
  return outcomes;
}

async function probePort(
  request: ProbeRequest,
  port: number,
  namespaces: NamespaceSwitch,
): Promise<ProbeOutcome> {
  const { namespace, address: host, timeoutMs, sourcePort } = request;
  const pending = await namespaces.connect(namespace, () => {
    const socket = connect({ host, port, ...(sourcePort !== undefined && { localPort: sourcePort }) });
    const outcome = new Promise<ProbeOutcome>((resolve, reject) => {
      // An answer that came while this process was busy lies in its socket: it is looked at once more before silence is believed.
      const timer = setTimeout(() => setImmediate(() => resolve('silent')), timeoutMs);
      socket.once('connect', () => resolve('open'));
      socket.once('error', (error: NodeJS.ErrnoException) => {
        const answered = outcomeByError[error.code ?? ''];
        // Anything else, such as too few descriptors or a source port in use, is our own failure and no verdict.
        if (answered === undefined) reject(error);
        else resolve(answered);
      });
      socket.once('close', () => clearTimeout(timer));
    });
    // Wrapped, for a bare promise would be awaited here, inside the other namespace.
    return { socket, outcome };
  });
  const outcome = await pending.outcome;
  // A reset of a socket that still connects would wait for the connection, and its SYN be sent again meanwhile.
  if (outcome === 'open') pending.socket.resetAndDestroy();
  else pending.socket.destroy();
  return outcome;
}
