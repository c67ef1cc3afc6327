/** Asks the gateway how it is, from the simulated internet. It may be cut off: then it is not waited for long. */
import { gatewayHealthSchema, type Status } from './status.ts';

const budgetMsDefault = 1_000;

export async function askGateway(url: string, budgetMs = budgetMsDefault): Promise<Status['gateway']> {
  try {
    // A connection of its own: one that stands may be older than what the network is now.
    const headers = { connection: 'close' };
    const response = await fetch(`${url}/readyz`, { headers, signal: AbortSignal.timeout(budgetMs) });
    const body: unknown = await response.json().catch(() => undefined);
    const health = gatewayHealthSchema.safeParse(body);
    return {
      state: stateIn(body, response.status),
      isReady: response.ok,
      ...(health.success && health.data),
    };
  } catch (error) {
    const isSilent = error instanceof Error && error.name === 'TimeoutError';
    return { state: isSilent ? `no answer within ${budgetMs} ms` : 'no connection', isReady: false };
  }
}

function stateIn(body: unknown, status: number): string {
  const told =
    typeof body === 'object' && body !== null && 'status' in body && typeof body.status === 'string'
      ? body.status
      : undefined;
  return told ?? `HTTP status ${status}`;
}
