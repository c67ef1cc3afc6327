/**
 * One connection of this process to one engine, through the official iii-sdk: no telemetry, no console output, quick
 * reconnects. The SDK tells nobody whether it is connected, and a call into a dead connection waits its whole timeout:
 * callers pass one with every call.
 */
import { type IIIClient, registerWorker } from 'iii-sdk';
import { AlarmLog } from '../alarm-log.ts';
import { type EngineAddress, engineUrl } from '../contract/engines.ts';
import type { NodeCredential, RpcLogger } from '../inference.ts';
import { turnOffPayloadTraces } from './config.ts';

export interface SdkConnection extends AsyncDisposable {
  readonly client: IIIClient;
}

/** For the calls that the SDK makes itself; ours carry their own. */
const defaultCallTimeoutMs = 2000;

export interface SdkOptions {
  /** Shown to the engine. Absent: none. */
  readonly credential?: NodeCredential | undefined;
  /** Learns when the engine keeps ending the connection. Only with a credential. */
  readonly logger?: RpcLogger;
}

export function openSdk(engine: EngineAddress, name: string, options: SdkOptions = {}): SdkConnection {
  muteSdkConsole();
  turnOffPayloadTraces();
  const client = registerWorker(engineUrl(engine), {
    workerName: name,
    ...(options.credential && {
      headers: headersOf(options.credential, watchOf(options.credential, engine, options)),
    }),
    invocationTimeoutMs: defaultCallTimeoutMs,
    enableMetricsReporting: false,
    otel: { enabled: false },
    telemetry: { language: 'und', project_name: 'drydock', framework: 'drydock' },
    reconnectionConfig: { initialDelayMs: 100, maxDelayMs: 1000, backoffMultiplier: 1.5 },
  });
  return { client, [Symbol.asyncDispose]: () => client.shutdown() };
}

/** The SDK reads them anew at each connect, so a token that was replaced meanwhile is the one that is shown. */
function headersOf(credential: NodeCredential, noteConnect: () => void): Record<string, string> {
  return {
    get authorization() {
      noteConnect();
      return `Bearer ${credential.token() ?? ''}`;
    },
  };
}

/** An engine that is away is dialled about once a second; one that takes the connection and ends it, ten times. */
const connectsUntilAlarm = 12;
const connectsWithinMs = 2500;

/** A link opens connection after connection: they count together. */
const watches = new WeakMap<NodeCredential, Map<string, () => void>>();

function watchOf(credential: NodeCredential, engine: EngineAddress, options: SdkOptions): () => void {
  const known = watches.get(credential) ?? new Map<string, () => void>();
  watches.set(credential, known);
  const watch = known.get(engineUrl(engine)) ?? refusalWatch(engine, options);
  known.set(engineUrl(engine), watch);
  return watch;
}

/** The SDK passes on no refusal. It dials again at once, for ever: what tells a refusal is how often it dials. */
function refusalWatch(engine: EngineAddress, { logger }: SdkOptions): () => void {
  const alarms = logger && new AlarmLog({ logger, now: () => Date.now() });
  const connects: number[] = [];
  return () => {
    const nowMs = Date.now();
    connects.push(nowMs);
    if (connects.length < connectsUntilAlarm) return;
    const firstMs = connects.shift() ?? nowMs;
    if (nowMs - firstMs > connectsWithinMs) return;
    const { availabilityZone, host, port } = engine;
    alarms?.note(
      { alarm: 'engine-refuses', engine: `${host}:${port}`, availabilityZone },
      'the engine keeps ending the connection: it may refuse the credential of this node; its log says why',
    );
  };
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
