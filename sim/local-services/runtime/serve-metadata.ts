/** Serves instance metadata over HTTP. Bodies of requests are not read, and idle connections end. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { MetadataService } from '../answer-metadata.ts';

const port = 80;
const connectionsMax = 256;
const requestMs = 5_000;

export async function serveMetadata(address: string, service: MetadataService): Promise<void> {
  const server = createServer(
    { requestTimeout: requestMs, headersTimeout: requestMs },
    (request, response) => {
      const [path = '/'] = (request.url ?? '/').split('?');
      const { status, body, headers } = service.answer({
        method: request.method ?? 'GET',
        path,
        from: request.socket.remoteAddress ?? '',
        headers: request.headers,
      });
      request.resume();
      response.writeHead(status, { 'content-type': 'text/plain', server: 'EC2ws', ...headers });
      response.end(request.method === 'HEAD' ? undefined : body);
    },
  );
  server.maxConnections = connectionsMax;
  await once(server.listen(port, address), 'listening');
}
