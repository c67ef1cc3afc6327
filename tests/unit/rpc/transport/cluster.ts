/** Engines, workers and a client on the loopback, with the real SDK between them. */
import { setTimeout as wait } from 'node:timers/promises';
import type { EngineAddress } from '../../../../src/rpc/contract/engines.ts';
import type {
  DoneFrame,
  GenerateFrame,
  GenerateRequest,
  TokenFrame,
} from '../../../../src/rpc/contract/generate.ts';
import type { WorkerInfo } from '../../../../src/rpc/contract/worker.ts';
import { deploymentListeners } from '../../../../src/rpc/engine/deployment.ts';
import { type RunningEngine, startEngine } from '../../../../src/rpc/engine/engine-runtime.ts';
import { isDrydockError } from '../../../../src/rpc/errors.ts';
import type {
  GenerateHandler,
  InferenceClient,
  InferenceClientLimits,
  InferenceServer,
  RpcLogger,
  TokenizeHandler,
} from '../../../../src/rpc/inference.ts';
import { connectInference } from '../../../../src/rpc/transport/client-runtime.ts';
import { serveInference } from '../../../../src/rpc/transport/server-runtime.ts';
import { type Frame, RawPeer, RawSocket } from '../conformance/raw-peer.ts';
import { until } from '../until.ts';
import { type FaultyLink, startFaultyLink } from './faulty-link.ts';

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
  addWorker(id: string, handler: GenerateHandler, options?: AddWorkerOptions): Promise<InferenceServer>;
  restartEngine(index: number): Promise<void>;
  /** Another gateway, over the same ways. */
  addClient(name: string, limits?: Partial<InferenceClientLimits>): InferenceClient;
  /** The ways of the gateways to the engines, by engine, and those of a worker; only where `isSpoilable`. */
  readonly gatewayLinks: readonly FaultyLink[];
  linksOf(workerId: string): readonly FaultyLink[];
}

export interface AddWorkerOptions {
  /** Default 4. */
  readonly slots?: number;
  readonly availabilityZone?: string;
  readonly tokenize?: TokenizeHandler;
  /** How far its clock is ahead, in milliseconds. */
  readonly clockAheadMs?: number;
}

export interface ClusterOptions {
  /** Default 1. */
  readonly engines?: number;
  /** By engine, where it is not the engine's own default. */
  readonly channelsMax?: readonly number[];
  readonly limits?: Partial<InferenceClientLimits>;
  /** Every way to an engine can be held and cut. */
  readonly isSpoilable?: boolean;
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
  const forWorkers = addressesOf(0);
  const spoil = async (addresses: readonly EngineAddress[]) => {
    const links: FaultyLink[] = [];
    if (options.isSpoilable !== true) return { links, addresses };
    for (const { port } of addresses) links.push(scope.use(await startFaultyLink(port)));
    return { links, addresses: addresses.map((each, at) => ({ ...each, port: links[at]?.port ?? 0 })) };
  };
  const gateways = await spoil(addressesOf(1));
  const forGateways = gateways.addresses;
  const workerLinks = new Map<string, readonly FaultyLink[]>();
  scope.defer(async () => {
    await Promise.all(engines.map((engine) => engine[Symbol.asyncDispose]()));
  });
  const { log, logger } = recordingLogger();
  const connect = (clientName: string, limits: Partial<InferenceClientLimits> = {}) =>
    scope.use(connectInference({ engines: forGateways, clientName, logger, limits }));
  const client = connect('gateway', options.limits);
  return {
    engines,
    forWorkers,
    forGateways,
    client,
    log,
    gatewayLinks: gateways.links,
    linksOf: (workerId) => workerLinks.get(workerId) ?? [],
    addClient: connect,
    async addWorker(
      id,
      handler,
      { slots = 4, availabilityZone = 'zone-0', tokenize, clockAheadMs = 0 } = {},
    ) {
      const ways = await spoil(forWorkers);
      workerLinks.set(id, ways.links);
      const info: WorkerInfo = {
        kind: 'infer',
        workerId: id,
        availabilityZone,
        models: [model],
        slots,
      };
      const now = () => Date.now() + clockAheadMs;
      const server = scope.use(
        serveInference({
          ...{ engines: ways.addresses, info, handler, logger, now },
          ...(tokenize && { tokenize }),
        }),
      );
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
  const listeners = deploymentListeners({
    host: '127.0.0.1',
    workersPort,
    gatewaysPort,
    credentials: 'none',
  });
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

/** @param index of the token in the answer, where frames before were of another attempt. */
export function token(seq: number, index = seq): TokenFrame {
  return { seq, ids: [index], text: `t${index}` };
}

export function tokens(count: number): readonly TokenFrame[] {
  return Array.from({ length: count }, (_, seq) => token(seq));
}

/** Yields the tokens up to so many, of which the caller may have some. */
export function* tokensAfter(answeredIds: readonly number[] = [], count: number): Generator<TokenFrame> {
  const before = answeredIds.length;
  for (let index = before; index < count; index += 1) yield token(index - before, index);
}

/** As `resuming`, a token every so many milliseconds. */
export function pacing(frames: number, everyMs: number): GenerateHandler {
  return async function* pace(_request, { answeredIds, signal }) {
    for (const frame of tokensAfter(answeredIds, frames)) {
      await wait(everyMs, undefined, { signal });
      yield frame;
    }
    yield doneAfter(frames);
  };
}

/** Yields as many frames, and the end. */
export function counting(frames: number): GenerateHandler {
  return async function* count() {
    yield* tokens(frames);
    yield doneAfter(frames);
  };
}

/** The same, where the caller may have some of it already. */
export function resuming(frames: number): GenerateHandler {
  return async function* resume(_request, { answeredIds }) {
    yield* tokensAfter(answeredIds, frames);
    yield doneAfter(frames);
  };
}

export interface Held {
  readonly handler: GenerateHandler;
  readonly requests: readonly GenerateRequest[];
  readonly signals: readonly AbortSignal[];
  /** What each was told that its caller has. */
  readonly answered: readonly (readonly number[])[];
}

/** Yields `count` tokens, then waits until it is aborted. */
export function holding(count: number): Held {
  const requests: GenerateRequest[] = [];
  const signals: AbortSignal[] = [];
  const answered: (readonly number[])[] = [];
  return {
    requests,
    signals,
    answered,
    handler: async function* hold(request, { signal, answeredIds = [] }) {
      requests.push(request);
      signals.push(signal);
      answered.push(answeredIds);
      yield* tokensAfter(answeredIds, count);
      await new Promise((_, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason));
      });
    },
  };
}

/** A worker that takes calls and does nothing that it does not have to: it answers neither call nor cancel. */
export async function addDeafWorker(cluster: Cluster): Promise<RawPeer> {
  const [engine] = cluster.forWorkers;
  const url = `ws://${engine?.host}:${engine?.port}`;
  const peer = await RawPeer.connect(url);
  const info: WorkerInfo = {
    kind: 'infer',
    workerId: 'deaf',
    availabilityZone: 'z',
    models: [model],
    slots: 9,
  };
  await answerHealth(await RawPeer.connect(url), info);
  await peer.register('infer::deaf::cancel');
  await peer.register('infer::deaf::generate', { metadata: info });
  await until('the deaf worker', () => cluster.client.workers().length > 0);
  return peer;
}

/**
 * Another connection for it, so that its questions stay out of the way of what a test waits for. It ends with its engine.
 * @param id as the peer itself registers it.
 */
export async function answerHealth(
  peer: RawPeer,
  { workerId, slots }: Pick<WorkerInfo, 'workerId' | 'slots'>,
  id = `infer::${workerId}::health`,
): Promise<void> {
  const health = { running: 1, waiting: 0, slots, isDraining: false, models: [model.name] };
  peer.socket.on('message', (data) => {
    const frame: Frame = JSON.parse(String(data));
    if (frame.type === 'invokefunction') peer.answer(frame, { result: health });
  });
  await peer.register(id);
}

/** The writer of the channel that a call of `generate` brought. */
export function writerOf(cluster: Cluster, { data }: Frame): Promise<RawSocket> {
  const [engine] = cluster.forWorkers;
  const { channel_id, access_key } = (data as { out: Record<string, string> }).out;
  const url = `ws://${engine?.host}:${engine?.port}/ws/channels/${channel_id}?key=${access_key}&dir=write`;
  return new RawSocket(url).opened();
}
