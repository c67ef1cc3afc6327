/** Engines, workers and a client on the loopback, with the real SDK between them. */
import type { EngineAddress } from '../../../../src/rpc/contract/engines.ts';
import type { DoneFrame, GenerateFrame, GenerateRequest } from '../../../../src/rpc/contract/generate.ts';
import type { WorkerInfo } from '../../../../src/rpc/contract/worker.ts';
import { deploymentListeners } from '../../../../src/rpc/engine/deployment.ts';
import { type RunningEngine, startEngine } from '../../../../src/rpc/engine/engine-runtime.ts';
import { isDrydockError } from '../../../../src/rpc/errors.ts';
import type {
  GenerateHandler,
  InferenceClient,
  InferenceServer,
  RpcLogger,
} from '../../../../src/rpc/inference.ts';
import { connectInference } from '../../../../src/rpc/transport/client-runtime.ts';
import { serveInference } from '../../../../src/rpc/transport/server-runtime.ts';
import { type Frame, RawPeer, RawSocket } from '../conformance/raw-peer.ts';
import { until } from '../until.ts';

export const model = { name: 'gemma', contextTokensMax: 1024 };
/** The end of an answer of as many frames as `counting` makes. */
export function doneAfter(frames: number): DoneFrame {
  return { done: { finishReason: 'stop', usage: { promptTokens: 1, completionTokens: frames } } };
}

export interface Cluster extends AsyncDisposable {
  readonly engines: readonly RunningEngine[];
  readonly forWorkers: readonly EngineAddress[];
  readonly forGateways: readonly EngineAddress[];
  readonly client: InferenceClient;
  /** What client and workers logged. */
  readonly log: readonly Readonly<Record<string, unknown>>[];
  /** Resolves once the client can send to the worker over every engine. */
  addWorker(
    id: string,
    handler: GenerateHandler,
    options?: { readonly slots?: number },
  ): Promise<InferenceServer>;
  restartEngine(index: number): Promise<void>;
}

export interface ClusterOptions {
  /** Default 1. */
  readonly engines?: number;
  /** By engine, where it is not the engine's own default. */
  readonly channelsMax?: readonly number[];
}

export async function startCluster(options: ClusterOptions = {}): Promise<Cluster> {
  const scope = new AsyncDisposableStack();
  const engines: RunningEngine[] = [];
  for (let count = 0; count < (options.engines ?? 1); count += 1) {
    engines.push(await startOn(0, 0, options.channelsMax?.[count]));
  }
  const addressesOf = (listener: number) =>
    engines.map((engine, index) => ({
      availabilityZone: `zone-${index}`,
      host: '127.0.0.1',
      port: engine.ports[listener] ?? 0,
    }));
  const [forWorkers, forGateways] = [addressesOf(0), addressesOf(1)];
  scope.defer(async () => {
    await Promise.all(engines.map((engine) => engine[Symbol.asyncDispose]()));
  });
  const { log, logger } = recordingLogger();
  const client = scope.use(connectInference({ engines: forGateways, clientName: 'gateway', logger }));
  return {
    engines,
    forWorkers,
    forGateways,
    client,
    log,
    async addWorker(id, handler, { slots = 4 } = {}) {
      const info: WorkerInfo = {
        kind: 'infer',
        workerId: id,
        availabilityZone: 'zone-0',
        models: [model],
        slots,
      };
      const server = scope.use(serveInference({ engines: forWorkers, info, handler, logger }));
      await server.registered;
      const found = () => log.filter(({ message, worker }) => message === 'worker found' && worker === id);
      await until(
        `worker ${id} on every engine`,
        () => found().length >= engines.length,
        () => log,
      );
      return server;
    },
    async restartEngine(index) {
      const [workersPort = 0, gatewaysPort = 0] = engines[index]?.ports ?? [];
      engines[index] = await startOn(workersPort, gatewaysPort);
    },
    [Symbol.asyncDispose]: () => scope.disposeAsync(),
  };
}

function startOn(workersPort: number, gatewaysPort: number, channelsMax?: number): Promise<RunningEngine> {
  const listeners = deploymentListeners({ host: '127.0.0.1', workersPort, gatewaysPort });
  return startEngine({ listeners, ...(channelsMax === undefined ? {} : { channelsMax }) });
}

function recordingLogger() {
  const log: Readonly<Record<string, unknown>>[] = [];
  const record: RpcLogger['info'] = (fields, message) => log.push({ ...fields, message });
  return { log, logger: { info: record, warn: record } };
}

let requests = 0;

export function requestFor(overrides: Partial<GenerateRequest> = {}): GenerateRequest {
  requests += 1;
  return {
    requestId: `request-${requests}`,
    model: model.name,
    messages: [{ role: 'user', content: 'the prompt' }],
    sampling: { maxTokens: 8, temperature: 0, topP: 1, stop: [] },
    deadlineUnixMs: Date.now() + 20_000,
    ...overrides,
  };
}

export function neverAborted(): AbortSignal {
  return new AbortController().signal;
}

export interface Outcome {
  readonly frames: readonly GenerateFrame[];
  /** undefined: it ended well. */
  readonly code: string | undefined;
  readonly text: string;
}

/** Runs a generation to its end, whatever that is. */
export async function outcomeOf(frames: AsyncIterable<GenerateFrame>): Promise<Outcome> {
  const seen: GenerateFrame[] = [];
  try {
    for await (const frame of frames) seen.push(frame);
    return { frames: seen, code: undefined, text: '' };
  } catch (error) {
    if (!isDrydockError(error)) throw error;
    return { frames: seen, code: error.code, text: error.message };
  }
}

export function token(seq: number, text = `t${seq}`): GenerateFrame {
  return { seq, ids: [seq], text };
}

/** Yields as many frames, and the end. */
export function counting(frames: number): GenerateHandler {
  return async function* count() {
    for (let seq = 0; seq < frames; seq += 1) yield token(seq);
    yield doneAfter(frames);
  };
}

export interface Held {
  readonly handler: GenerateHandler;
  readonly requests: readonly GenerateRequest[];
  readonly signals: readonly AbortSignal[];
}

/** Yields `count` frames, then waits until it is aborted. */
export function holding(count: number): Held {
  const requests: GenerateRequest[] = [];
  const signals: AbortSignal[] = [];
  return {
    requests,
    signals,
    handler: async function* hold(request, { signal }) {
      requests.push(request);
      signals.push(signal);
      for (let seq = 0; seq < count; seq += 1) yield token(seq);
      await new Promise((_, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason));
      });
    },
  };
}

/** A worker that takes calls and does nothing that it does not have to: it answers neither call nor cancel. */
export async function addDeafWorker(cluster: Cluster): Promise<RawPeer> {
  const [engine] = cluster.forWorkers;
  const peer = await RawPeer.connect(`ws://${engine?.host}:${engine?.port}`);
  const info: WorkerInfo = {
    kind: 'infer',
    workerId: 'deaf',
    availabilityZone: 'z',
    models: [model],
    slots: 9,
  };
  await peer.register('infer::deaf::cancel');
  await peer.register('infer::deaf::generate', { metadata: info });
  await until('the deaf worker', () => cluster.client.workers().length > 0);
  return peer;
}

/** The writer of the channel that a call of `generate` brought. */
export function writerOf(cluster: Cluster, { data }: Frame): Promise<RawSocket> {
  const [engine] = cluster.forWorkers;
  const { channel_id, access_key } = (data as { out: Record<string, string> }).out;
  const url = `ws://${engine?.host}:${engine?.port}/ws/channels/${channel_id}?key=${access_key}&dir=write`;
  return new RawSocket(url).opened();
}
