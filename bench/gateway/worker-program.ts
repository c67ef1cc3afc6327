/** A worker behind the engine that answers as the upstream does. Argument: the engine's port. Prints when it is registered. */
import { setTimeout as wait } from 'node:timers/promises';
import { type GenerateFrame, type GenerateHandler, serveInference } from '../../src/rpc/index.ts';
import { answerText, doneFrame, modelNames, models, pieces, slowPieceMs } from './protocol.ts';

const handler: GenerateHandler = async function* ({ model }, { signal }): AsyncGenerator<GenerateFrame> {
  const texts = model === models.whole ? [answerText] : pieces;
  for (const [seq, text] of texts.entries()) {
    if (model === models.slow || model === models.silent) await wait(slowPieceMs, undefined, { signal });
    yield { seq, ids: [], tokens: 1, text };
  }
  yield doneFrame(texts.length);
};

const server = serveInference({
  engines: [{ availabilityZone: 'bench', host: '127.0.0.1', port: Number(process.argv[2]) }],
  info: {
    kind: 'infer',
    workerId: 'bench-worker',
    availabilityZone: 'bench',
    models: modelNames.map((name) => ({ name, contextTokensMax: 4096 })),
    slots: 64,
  },
  logger: { info: () => {}, warn: () => {} },
  handler,
});
await server.registered;
process.stdout.write(`${JSON.stringify({ port: 0 })}\n`);
