/** The real network: fetch, through the proxy that the environment names, and a quick look whether a host answers at all. */

export interface Network {
  readonly fetch: typeof fetch;
  /**
   * Resolves when the host of the address accepts a connection, and rejects within a second otherwise: without this,
   * a machine whose packets are dropped would wait for as long as fetch allows.
   */
  readonly reach: (url: string, signal: AbortSignal) => Promise<void>;
}

const reachMsMax = 1000;

export function openNetwork(environment: Readonly<Record<string, string | undefined>>): Network {
  if (!environment.HTTPS_PROXY && !environment.https_proxy) return { fetch, reach };
  return {
    fetch,
    // Node's fetch heeds the proxy variables only when told to. The proxy then does the reaching, and says so if it cannot.
    async reach() {
      const { setGlobalProxyFromEnv } = await import('node:http');
      setGlobalProxyFromEnv(environment);
    },
  };
}

async function reach(url: string, signal: AbortSignal): Promise<void> {
  const { connect } = await import('node:net');
  signal.throwIfAborted();
  const { hostname, port } = new URL(url);
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const socket = connect({ host: hostname.replace(/^\[|\]$/g, ''), port: Number(port || 443) });
  const timer = setTimeout(
    () => reject(new Error(`no connection within ${reachMsMax / 1000} s`)),
    reachMsMax,
  );
  const onAbort = () => reject(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  socket.once('connect', () => resolve()).once('error', reject);
  return promise.finally(() => {
    clearTimeout(timer);
    signal.removeEventListener('abort', onAbort);
    socket.destroy();
  });
}
