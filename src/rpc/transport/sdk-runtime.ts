/**
 * One connection of this process to one engine, through the official iii-sdk: no telemetry, no console output, quick
 * reconnects. The SDK tells nobody whether it is connected, and a call into a dead connection waits its whole timeout:
 * callers pass one with every call.
 */
import { type IIIClient, registerWorker } from 'iii-sdk';
import type { EngineAddress } from '../contract/engines.ts';
import { turnOffPayloadTraces } from './config.ts';

export interface SdkConnection extends AsyncDisposable {
  readonly client: IIIClient;
}

/** For the calls that the SDK makes itself; ours carry their own. */
const defaultCallTimeoutMs = 2000;

export function openSdk(engine: EngineAddress, name: string): SdkConnection {
  muteSdkConsole();
  turnOffPayloadTraces();
  const client = registerWorker(`ws://${engine.host}:${engine.port}`, {
    workerName: name,
    invocationTimeoutMs: defaultCallTimeoutMs,
    enableMetricsReporting: false,
    otel: { enabled: false },
    telemetry: { language: 'und', project_name: 'drydock', framework: 'drydock' },
    reconnectionConfig: { initialDelayMs: 100, maxDelayMs: 1000, backoffMultiplier: 1.5 },
  });
  return { client, [Symbol.asyncDispose]: () => client.shutdown() };
}

let isMuted = false;

/** A program prints JSON lines and nothing else; the SDK writes to the console and offers no logger. */
function muteSdkConsole(): void {
  if (isMuted) return;
  isMuted = true;
  for (const level of ['debug', 'warn', 'error'] as const) {
    const print = console[level].bind(console);
    console[level] = (...values: unknown[]) => {
      const [first] = values;
      if (typeof first === 'string' && /^\[(iii|OTel)\]/.test(first)) return;
      print(...values);
    };
  }
}
