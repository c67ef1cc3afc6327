/** A peer of the engine that speaks bare WebSocket, so that each frame of a case is seen as it is on the wire. */
import { once } from 'node:events';
import { connect as connectTcp, type Socket } from 'node:net';
import { WebSocket } from 'ws';
import {
  type EngineCounts,
  type EngineOptions,
  startEngine,
} from '../../../../src/rpc/engine/engine-runtime.ts';
import { until } from '../until.ts';

export type Frame = Readonly<Record<string, unknown>>;

export interface TestEngine extends AsyncDisposable {
  readonly urls: readonly string[];
  readonly url: string;
  readonly port: number;
}

/** The embedded one, which tells what it holds. */
export interface EmbeddedTestEngine extends TestEngine {
  counts(): EngineCounts;
}

export async function startTestEngine(options: Partial<EngineOptions> = {}): Promise<EmbeddedTestEngine> {
  const engine = await startEngine({ listeners: [{ port: 0, host: '127.0.0.1' }], ...options });
  const urls = engine.ports.map((port) => `ws://127.0.0.1:${port}`);
  const [url = ''] = urls;
  const [port = 0] = engine.ports;
  return {
    urls,
    url,
    port,
    counts: () => engine.counts(),
    [Symbol.asyncDispose]: () => engine[Symbol.asyncDispose](),
  };
}

export interface Message {
  readonly data: string;
  readonly isBinary: boolean;
}

/** A WebSocket whose TCP socket the test holds too. */
export class RawSocket implements AsyncDisposable {
  readonly socket: WebSocket;
  readonly tcp: Socket;
  readonly messages: Message[] = [];
  pings = 0;
  pongs = 0;
  closeCode: number | undefined;

  constructor(url: string, headers: Readonly<Record<string, string>> = {}) {
    const { hostname, port } = new URL(url);
    this.tcp = connectTcp(Number(port), hostname);
    this.socket = new WebSocket(url, {
      createConnection: () => this.tcp,
      maxPayload: 64 * 1024 * 1024,
      headers,
    });
    this.socket.on('error', () => {});
    this.socket.on('message', (data, isBinary) => this.messages.push({ data: String(data), isBinary }));
    this.socket.on('ping', () => {
      this.pings += 1;
    });
    this.socket.on('pong', () => {
      this.pongs += 1;
    });
    this.socket.on('close', (code) => {
      this.closeCode = code;
    });
  }

  async opened(): Promise<this> {
    if (this.socket.readyState === this.socket.CONNECTING) await once(this.socket, 'open');
    return this;
  }

  async closed(): Promise<number | undefined> {
    await until('the connection to end', () => this.closeCode !== undefined);
    return this.closeCode;
  }

  async received(count: number): Promise<readonly Message[]> {
    await until(
      `${count} messages`,
      () => this.messages.length >= count,
      () => this.messages.length,
    );
    return this.messages;
  }

  /** Ends the connection as a crash on a live host does. */
  reset(): void {
    this.tcp.resetAndDestroy();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.socket.terminate();
  }
}

/** Of all peers together: two calls under one id are a case of their own. */
let calls = 0;

export class RawPeer extends RawSocket {
  readonly #frames: Frame[] = [];
  id = '';
  reattachToken = '';

  static async connect(url: string, headers: Readonly<Record<string, string>> = {}): Promise<RawPeer> {
    const peer = await new RawPeer(url, headers).opened();
    const hello = await peer.take('workerregistered');
    peer.id = String(hello.worker_id);
    peer.reattachToken = String(hello.reattach_token);
    return peer;
  }

  constructor(url: string, headers: Readonly<Record<string, string>> = {}) {
    super(url, headers);
    this.socket.on('message', (data) => this.#frames.push(JSON.parse(String(data))));
  }

  send(frame: Frame): void {
    this.socket.send(JSON.stringify(frame));
  }

  register(id: string, more: Frame = {}): Promise<readonly Frame[]> {
    this.send({ type: 'registerfunction', id, ...more });
    return this.barrier();
  }

  /** @returns the invocation id */
  call(functionId: string, data: unknown = {}, more: Frame = {}): string {
    calls += 1;
    const id = `00000000-0000-4000-8000-${`${calls}`.padStart(12, '0')}`;
    this.send({ type: 'invokefunction', invocation_id: id, function_id: functionId, data, ...more });
    return id;
  }

  async ask(functionId: string, data: unknown = {}): Promise<Frame> {
    const id = this.call(functionId, data);
    return await this.take('invocationresult', (frame) => frame.invocation_id === id);
  }

  /** Answers a call that this peer has received. */
  answer(call: Frame, more: Frame = { result: { ok: true } }): void {
    this.send({
      type: 'invocationresult',
      invocation_id: call.invocation_id,
      function_id: call.function_id,
      ...more,
    });
  }

  /** The next frame of the type, taken out of what has arrived. */
  async take(type: string, matches: (frame: Frame) => boolean = () => true): Promise<Frame> {
    const find = () => this.#frames.findIndex((frame) => frame.type === type && matches(frame));
    await until(
      `a frame ${type}`,
      () => find() !== -1,
      () => this.#frames,
    );
    const [frame = {}] = this.#frames.splice(find(), 1);
    return frame;
  }

  /**
   * Frames of a connection are handled in order, so after the pong everything sent before has been applied.
   * @returns the other frames that had come until then, which stay takeable.
   */
  async barrier(): Promise<readonly Frame[]> {
    this.send({ type: 'ping' });
    await this.take('pong');
    return [...this.#frames];
  }
}

/** A peer that hears of every worker that comes and goes. */
export async function watchWorkers(url: string, more: Frame = {}): Promise<RawPeer> {
  const watcher = await RawPeer.connect(url);
  await watcher.register('on-worker');
  watcher.send({
    type: 'registertrigger',
    id: `watch-${watcher.id}`,
    trigger_type: 'engine::workers-available',
    function_id: 'on-worker',
    config: {},
    ...more,
  });
  await watcher.barrier();
  return watcher;
}

/** Waits until the engine knows that `peer` has gone. */
export async function hearGone(watcher: RawPeer, peer: RawPeer): Promise<void> {
  const isGone = ({ data }: Frame) => {
    const { event, worker_id } = data as Frame;
    return event === 'worker_disconnected' && worker_id === peer.id;
  };
  await watcher.take('invokefunction', isGone);
}

export function identify(peer: RawPeer, name: string): Promise<Frame> {
  return peer.ask('engine::workers::register', { name, runtime: 'node', version: '1', os: 'linux', pid: 7 });
}

/** One of the engine's lists. */
export async function listOf(
  peer: RawPeer,
  functionId: string,
  input: unknown,
  key: string,
): Promise<readonly Frame[]> {
  const { result } = await peer.ask(functionId, input);
  return (result as Record<string, readonly Frame[]>)[key] ?? [];
}
