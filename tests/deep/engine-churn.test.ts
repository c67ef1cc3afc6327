/**
 * 50,000 calls while connections come, register, call, stream and go, each in another way: afterwards the engine holds
 * nothing of them. Peers and engine share this process, so its heap has to stay flat as a whole.
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import {
  type EmbeddedTestEngine,
  type Frame,
  identify,
  RawPeer,
  RawSocket,
  startTestEngine,
} from '../unit/rpc/conformance/raw-peer.ts';
import { until } from '../unit/rpc/until.ts';

const rounds = 500;
const callsPerWorker = 25;
/** What a heap may differ by without anything being kept: about 150 bytes a call. */
const heapBytesMax = 6 * 1024 * 1024;

type End = 'Close' | 'FIN' | 'RST' | 'silence';
const ends: readonly End[] = ['Close', 'FIN', 'RST', 'silence'];

interface ChannelEnd {
  readonly channel_id: string;
  readonly access_key: string;
  readonly direction: string;
}

function openEnd(url: string, end: ChannelEnd): Promise<RawSocket> {
  const { channel_id, access_key, direction } = end;
  return new RawSocket(`${url}/ws/channels/${channel_id}?key=${access_key}&dir=${direction}`).opened();
}

/** Streams a little to a reader, and ends by a death of one side or by a Close. */
async function stream(url: string, caller: RawPeer, how: End): Promise<void> {
  const { result } = await caller.ask('engine::channels::create', { buffer_size: 4 });
  const { reader: readEnd, writer: writeEnd } = result as Readonly<Record<'reader' | 'writer', ChannelEnd>>;
  const reader = await openEnd(url, readEnd);
  const writer = await openEnd(url, writeEnd);
  for (const text of ['a', 'b', 'c']) writer.socket.send(text);
  await reader.received(3);
  if (how === 'silence') {
    // The reader dies, which the writer learns from what it sends next.
    reader.reset();
    await until('the writer to be dropped', () => {
      if (writer.closeCode === undefined) writer.socket.send('more');
      return writer.closeCode !== undefined;
    });
    return;
  }
  end(writer, how);
  await reader.closed();
}

function end(peer: RawSocket, how: End): void {
  if (how === 'Close') peer.socket.close();
  else if (how === 'FIN') peer.tcp.destroy();
  else if (how === 'RST') peer.reset();
  else peer.tcp.pause();
}

async function runRound({ url, counts }: EmbeddedTestEngine, round: number): Promise<void> {
  await using caller = await RawPeer.connect(url);
  const workers: RawPeer[] = [];
  for (const how of ends) {
    const worker = await RawPeer.connect(url);
    workers.push(worker);
    await identify(worker, `worker-${round}-${how}`);
    await worker.register(`f::${how}`, { metadata: { round } });
    worker.send({
      type: 'registertrigger',
      id: `${worker.id}`,
      trigger_type: 'nobody-provides-it',
      function_id: `f::${how}`,
      config: {},
    });
    for (let count = 0; count < callsPerWorker; count += 1) caller.call(`f::${how}`, { count });
    // The last stays open over the worker's end.
    for (let count = 1; count < callsPerWorker; count += 1)
      worker.answer(await worker.take('invokefunction'));
    await worker.take('invokefunction');
  }
  await stream(url, caller, ends[round % ends.length] ?? 'Close');
  for (const [index, how] of ends.entries()) {
    const worker = workers[index];
    if (worker === undefined) continue;
    end(worker, how);
    if (how !== 'silence') continue;
    // Nobody notices; the worker's next connection ends it.
    await using successor = await RawPeer.connect(url);
    successor.send({
      type: 'reattach',
      previous_worker_id: worker.id,
      reattach_token: worker.reattachToken,
    });
    await successor.barrier();
  }
  const isStopped = (frame: Frame) => frame.error !== undefined;
  for (const _ of ends) await caller.take('invocationresult', isStopped);
  for (const worker of workers) worker.socket.terminate();
  // A caller that goes with a call open: its executor lives on, and hears nothing.
  await using helper = await RawPeer.connect(url);
  await helper.register('f::open');
  caller.call('f::open');
  await helper.take('invokefunction');
  caller.reset();
  await until('the caller to be gone', () => counts().pendingCalls === 0, counts);
}

async function heapBytes(): Promise<number> {
  setFlagsFromString('--expose-gc');
  const collect: () => void = runInNewContext('gc');
  for (let turn = 0; turn < 3; turn += 1) {
    await new Promise((resolve) => setImmediate(resolve));
    collect();
  }
  return process.memoryUsage().heapUsed;
}

test.each<'0.22' | '0.23'>(['0.22', '0.23'])(
  'in mode %s, after 50,000 calls among connections that come and go, nothing is left and the heap is flat',
  async (mode) => {
    await using engine = await startTestEngine({ mode, registrationGraceMs: 0 });
    let early = 0;
    for (let round = 0; round < rounds; round += 1) {
      await runRound(engine, round);
      if (round === rounds / 5) early = await heapBytes();
    }
    const empty = {
      connections: 0,
      functions: 0,
      triggers: 0,
      pendingCalls: 0,
      openChannels: 0,
      bufferedBytes: 0,
    };
    await until(
      'an empty engine',
      () => JSON.stringify(engine.counts()) === JSON.stringify(empty),
      () => engine.counts(),
    );
    const grown = (await heapBytes()) - early;
    expect(grown, `the heap grew by ${grown} bytes`).toBeLessThan(heapBytesMax);
  },
);
