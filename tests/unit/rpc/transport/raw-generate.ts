/** A call of `generate` by a bare peer, with a channel of its own: it sends what no client of ours would, and sees each frame. */
import { functionIds } from '../../../../src/rpc/contract/worker.ts';
import { type Frame, type RawPeer, RawSocket } from '../conformance/raw-peer.ts';

export interface RawGeneration extends AsyncDisposable {
  readonly socket: RawSocket;
  /** The other end of the channel, as it went into the payload. */
  readonly writer: unknown;
  /** What the channel brought so far. */
  frames(): unknown[];
  /** What the call was answered. */
  answer(): Promise<unknown>;
}

export interface RawGenerateOptions {
  readonly engineUrl: string;
  /** Default `worker-0`. */
  readonly workerId?: string;
}

/** @param payload all but `out`, unless it brings its own. */
export async function rawGenerate(
  caller: RawPeer,
  payload: Frame,
  { engineUrl, workerId = 'worker-0' }: RawGenerateOptions,
): Promise<RawGeneration> {
  const { result } = await caller.ask('engine::channels::create', {});
  const { reader, writer } = result as { reader: Record<string, string>; writer: Record<string, string> };
  const path = `/ws/channels/${reader.channel_id}?key=${reader.access_key}&dir=read`;
  const socket = await new RawSocket(`${engineUrl}${path}`).opened();
  const id = caller.call(functionIds(workerId).generate, { out: writer, ...payload });
  return {
    ...{ socket, writer },
    frames: () => socket.messages.map(({ data }) => JSON.parse(data)),
    answer: async () =>
      (await caller.take('invocationresult', ({ invocation_id }) => invocation_id === id)).result,
    [Symbol.asyncDispose]: () => socket[Symbol.asyncDispose](),
  };
}
