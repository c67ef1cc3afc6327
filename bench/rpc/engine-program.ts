/** The embedded engine, in a process of its own as it is deployed, without restrictions. */
import { startEngine } from '../../src/rpc/engine/engine-runtime.ts';

const engine = await startEngine({ listeners: [{ host: '127.0.0.1', port: 0 }] });
process.stdout.write(`${JSON.stringify({ port: engine.ports[0] })}\n`);
