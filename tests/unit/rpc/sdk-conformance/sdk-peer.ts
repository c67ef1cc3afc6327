/** A peer of the engine that speaks through the real iii-sdk, as users have it; only its reconnects are quicker. */
import { type IIIClient, registerWorker, TriggerAction } from 'iii-sdk';

export interface SdkOptions {
  readonly name: string;
  readonly headers?: Record<string, string>;
  /** Default 20. */
  readonly reconnectMs?: number;
}

export class SdkPeer implements AsyncDisposable {
  readonly client: IIIClient;
  readonly name: string;

  /** Resolves when the engine knows who it is. */
  static async connect(url: string, options: SdkOptions): Promise<SdkPeer> {
    const peer = new SdkPeer(url, options);
    await peer.applied();
    return peer;
  }

  constructor(url: string, { name, headers, reconnectMs = 20 }: SdkOptions) {
    hushSdk();
    this.name = name;
    this.client = registerWorker(url, {
      workerName: name,
      invocationTimeoutMs: 10_000,
      enableMetricsReporting: false,
      otel: { enabled: false },
      telemetry: { language: 'und', project_name: 'test', framework: 'test' },
      reconnectionConfig: { initialDelayMs: reconnectMs, maxDelayMs: reconnectMs, jitterFactor: 0 },
      ...(headers !== undefined && { headers }),
    });
  }

  async call(functionId: string, payload: unknown = {}, options: CallOptions = {}): Promise<unknown> {
    return await this.client.trigger({ function_id: functionId, payload, ...options });
  }

  async fire(functionId: string, payload: unknown = {}): Promise<unknown> {
    const action = TriggerAction.Void();
    return await this.client.trigger({ function_id: functionId, payload, action });
  }

  /** The code and the message of a call that fails. */
  async failure(functionId: string, payload: unknown = {}, options: CallOptions = {}): Promise<Failure> {
    return await failureOf(this.call(functionId, payload, options));
  }

  /** Resolves when the engine has handled everything that was sent before. */
  async applied(): Promise<void> {
    // What waits for a connection is sent before the SDK says who it is: the second call is behind that.
    for (let turn = 0; turn < 2; turn += 1) await this.call('engine::channels::create');
  }

  async list(functionId: string, key: string, payload: unknown = {}): Promise<readonly Row[]> {
    const result = (await this.call(functionId, payload)) as Readonly<Record<string, readonly Row[]>>;
    return result[key] ?? [];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.client.shutdown();
  }
}

export type Row = Readonly<Record<string, unknown>>;

interface CallOptions {
  readonly timeoutMs?: number;
  readonly metadata?: Record<string, unknown>;
}

export interface Failure {
  readonly code: unknown;
  readonly message: string;
}

export async function failureOf(call: Promise<unknown>): Promise<Failure> {
  return await call.then(
    (value) => ({ code: 'none', message: JSON.stringify(value) ?? 'undefined' }),
    (error: Error & { readonly code?: unknown }) => ({ code: error.code, message: error.message }),
  );
}

let isHushed = false;

/** The SDK writes to the console and offers no logger. */
function hushSdk(): void {
  if (isHushed) return;
  isHushed = true;
  for (const level of ['debug', 'warn', 'error'] as const) {
    const print = console[level].bind(console);
    console[level] = (...values: unknown[]) => {
      if (!/^\[(iii|OTel)\]/.test(String(values[0]))) print(...values);
    };
  }
}
