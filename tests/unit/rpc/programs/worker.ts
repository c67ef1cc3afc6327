/**
 * A worker in a process of its own, for tests that kill it: yields as many frames as the second argument says, then waits.
 * Arguments: worker id, frames, engines as DRYDOCK_ENGINES has them, `leave` to end once it is registered.
 */
import { parseEngines, serveInference } from '../../../../src/rpc/index.ts';

const [id = '', frames = '', engines = '', then = 'stay'] = process.argv.slice(2);

const server = serveInference({
  engines: parseEngines(engines, 0),
  info: {
    kind: 'infer',
    workerId: id,
    availabilityZone: 'zone-0',
    models: [{ name: 'gemma', contextTokensMax: 1024 }],
    slots: 4,
  },
  logger: { info: () => {}, warn: () => {} },
  handler: async function* hold(_request, { signal, answeredIds = [] }) {
    process.stdout.write('started\n');
    for (let index = answeredIds.length; index < Number(frames); index += 1) {
      yield { seq: index - answeredIds.length, ids: [index], text: `t${index}` };
    }
    await new Promise((_, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason));
    });
  },
});
await server.registered;
process.stdout.write('registered\n');
if (then === 'leave') await server[Symbol.asyncDispose]();
