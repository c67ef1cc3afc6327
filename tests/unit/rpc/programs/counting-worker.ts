/**
 * A worker in a process of its own that answers as `client.ts` expects: model `counting` in three frames, model `holding` with one
 * frame, or with none for the request `holding-0`, and then nothing. Arguments: engines as DRYDOCK_ENGINES has them, and a run
 * directory with a credential.
 */
import { credentialFile } from '../../../../src/rpc/contract/credential-file-runtime.ts';
import { parseEngines, serveInference } from '../../../../src/rpc/index.ts';

const [engines = '', runDirectory = ''] = process.argv.slice(2);

const server = serveInference({
  engines: parseEngines(engines, 0),
  info: {
    kind: 'infer',
    workerId: 'worker-0',
    availabilityZone: 'zone-0',
    models: ['counting', 'holding'].map((name) => ({ name, contextTokensMax: 1024 })),
    slots: 4,
  },
  credential: credentialFile(runDirectory),
  logger: { info: () => {}, warn: () => {} },
  handler: async function* answer({ model, requestId }, { signal }) {
    const frames = model === 'counting' ? 3 : requestId === 'holding-0' ? 0 : 1;
    for (let seq = 0; seq < frames; seq += 1) yield { seq, ids: [seq], text: `t${seq}` };
    if (model === 'counting') {
      yield { done: { finishReason: 'stop', usage: { promptTokens: 1, completionTokens: 3 } } };
      return;
    }
    await new Promise((_, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason));
    });
  },
});
await server.registered;
process.stdout.write('registered\n');
