/** A tiny HTTP server as a machine: it answers with its name and what it was asked. */
import { fileURLToPath } from 'node:url';
import type { MachineSpec } from '../../sim/fabric/index.ts';

const node = fileURLToPath(new URL('../../node_modules/node/bin/node', import.meta.url));

const script = `
const server = require('node:http').createServer((request, response) => {
  response.statusCode = request.url === '/healthz' ? 204 : 200;
  const peer = request.socket.remoteAddress;
  response.end(request.url === '/healthz' ? '' : JSON.stringify({ name: process.env.NAME, url: request.url, peer, headers: request.headers }));
});
server.listen(Number(process.env.PORT), process.env.ADDRESS, () => console.error('ready'));
process.on('SIGTERM', () => process.exit(0));
`;

/** Prints `ready` when it listens. */
export function httpTarget(at: {
  readonly id: string;
  readonly namespace: string;
  readonly address: string;
  readonly port: number;
}): MachineSpec {
  return {
    id: at.id,
    namespace: at.namespace,
    command: [node, '-e', script],
    environment: { NAME: at.id, ADDRESS: at.address, PORT: String(at.port) },
    files: { 'node-id': at.id },
    mounts: [],
    hiddenFolders: [],
    logFile: '/dev/null',
  };
}
