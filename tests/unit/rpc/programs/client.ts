/**
 * A client in a process of its own, for tests that run it on Node and on Bun: waits for a worker, streams one generation
 * whole, cancels a second before its first token and a third after it, disposes of everything, and prints one JSON line.
 * Arguments: engines as DRYDOCK_ENGINES has them, a run directory with a credential, and `told` where it is SIGUSR2 that cancels the
 * second, and not 50 ms, in which it may not have come to a worker. It ends by itself, or a handle was left open.
 */
import { credentialFile } from '../../../../src/rpc/contract/credential-file-runtime.ts';
import { connectInference, isDrydockError, parseEngines } from '../../../../src/rpc/index.ts';

const isTold = process.argv.includes('told');
const [engines = '', runDirectory] = process.argv.slice(2).filter((word) => word !== 'told');

async function run(model: string, abortAfter: number | undefined) {
  const abort = new AbortController();
  const request = {
    requestId: `${model}-${abortAfter}`,
    model,
    messages: [{ role: 'user', content: 'hello' } as const],
    sampling: { maxTokens: 8, temperature: 0, topP: 1, stop: [] },
    deadlineUnixMs: Date.now() + 20_000,
  };
  const texts: string[] = [];
  if (abortAfter === 0 && isTold) process.once('SIGUSR2', () => abort.abort());
  else if (abortAfter === 0) setTimeout(() => abort.abort(), 50);
  try {
    for await (const frame of client.generate(request, { signal: abort.signal })) {
      texts.push('seq' in frame ? frame.text : 'done');
      if (texts.length === abortAfter) abort.abort();
    }
    return { texts };
  } catch (error) {
    return { texts, code: isDrydockError(error) ? error.code : String(error) };
  }
}

const client = connectInference({
  engines: parseEngines(engines, 0),
  clientName: 'gateway',
  ...(runDirectory !== undefined && { credential: credentialFile(runDirectory) }),
  logger: { info: () => {}, warn: () => {} },
});
const deadline = performance.now() + 20_000;
while (client.models().length === 0) {
  if (performance.now() > deadline) throw new Error('the client found no model within 20 s');
  await new Promise((resolve) => setTimeout(resolve, 5));
}
const results = [await run('counting', undefined), await run('holding', 0), await run('holding', 1)];
await client[Symbol.asyncDispose]();
process.stdout.write(`${JSON.stringify({ isBun: 'bun' in process.versions, results })}\n`);
