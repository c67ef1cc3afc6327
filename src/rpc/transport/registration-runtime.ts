/** Makes a worker known at one engine, and finds out when the engine has it. */
import { setTimeout as wait } from 'node:timers/promises';
import type { IIIClient } from 'iii-sdk';

const announceTimeoutMs = 1000;
const announceTimeoutMsMax = 60_000;

/**
 * Resolves once the engine has handled every registration that was made on `client` before. An engine handles the frames
 * of a connection in their order, so any answered call proves it; the SDK repeats the registrations at each reconnect.
 * @throws the signal's reason
 */
export async function awaitRegistration(client: IIIClient, name: string, signal: AbortSignal): Promise<void> {
  let timeoutMs = announceTimeoutMs;
  for (;;) {
    signal.throwIfAborted();
    const startedAtMs = Date.now();
    try {
      await client.trigger({
        function_id: 'engine::workers::register',
        payload: { name, runtime: 'node', version: '0.22.1', os: process.platform, pid: process.pid },
        timeoutMs,
      });
      return;
    } catch {
      // A refusal comes at once: only an engine that is not there takes the whole time.
      await wait(Math.max(0, startedAtMs + announceTimeoutMs - Date.now()), undefined, { signal }).catch(
        () => {},
      );
      timeoutMs = Math.min(timeoutMs * 2, announceTimeoutMsMax);
    }
  }
}
