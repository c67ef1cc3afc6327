import { RawPeer, type TestEngine } from './raw-peer.ts';

/** A caller, and a worker that has registered `f`. */
export async function pair({ url }: TestEngine) {
  const scope = new AsyncDisposableStack();
  const caller = scope.use(await RawPeer.connect(url));
  const worker = scope.use(await RawPeer.connect(url));
  await worker.register('f');
  return { caller, worker, [Symbol.asyncDispose]: () => scope.disposeAsync() };
}
