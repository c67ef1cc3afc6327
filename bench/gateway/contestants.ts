/** Who is measured: ours over plain HTTP, ours through the engine, Portkey, and nginx as the floor. */
import { createHash } from 'node:crypto';
import { accessSync, mkdirSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bun } from '../program.ts';
import { apiKey } from './ask.ts';
import type { Launch } from './start-gateway.ts';

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const plenty = 1_000_000_000;

export interface Ours {
  readonly name: string;
  readonly command: readonly [string, ...string[]];
  readonly engines: string;
}

export const oursDirect = (upstreamUrl: string): Ours => ({
  name: 'ours',
  command: [bun, here('direct-program.ts'), upstreamUrl],
  engines: 'bench=127.0.0.1:1',
});

export const oursThroughEngine = (enginePort: number): Ours => ({
  name: 'ours through the engine',
  command: [bun, here('../../src/gateway/main-bun.ts')],
  engines: `bench=127.0.0.1:${enginePort}`,
});

/** Keys, limits and the audit log are switched on. */
export function launchOurs({ name, command, engines }: Ours, port: number, folder: string): Launch {
  mkdirSync(join(folder, 'secrets'));
  const sha256 = createHash('sha256').update(apiKey).digest('hex');
  writeFileSync(join(folder, 'node-id'), 'bench\n');
  writeFileSync(join(folder, 'secrets', 'api-keys.json'), JSON.stringify([{ id: 'bench', sha256 }]));
  const limits = {
    ...{ requestsPerMinute: plenty, tokensPerMinute: plenty, tokensPerDay: plenty },
    concurrentRequests: 10_000,
  };
  writeFileSync(join(folder, 'limits.json'), JSON.stringify({ default: limits }));
  return {
    name,
    command,
    environment: {
      DRYDOCK_ENVIRONMENT: 'bench',
      DRYDOCK_ENGINES: engines,
      DRYDOCK_RUN_DIR: folder,
      DRYDOCK_API_KEYS: 'secretsmanager:bench',
      DRYDOCK_GATEWAY_HOST: '127.0.0.1',
      DRYDOCK_GATEWAY_PORT: `${port}`,
      DRYDOCK_METRICS_PORT: '0',
      DRYDOCK_AUDIT_SPOOL: join(folder, 'audit'),
      DRYDOCK_AUDIT_STORE: `file:${join(folder, 'store')}`,
    },
  };
}

/** On Bun: on Node it streams nothing. */
export function launchPortkey(upstreamUrl: string, port: number): Launch {
  return {
    name: 'Portkey 1.15.2',
    command: [
      bun,
      here('peers/node_modules/@portkey-ai/gateway/build/start-server.js'),
      `--port=${port}`,
      '--headless',
    ],
    environment: { TRUSTED_CUSTOM_HOSTS: '127.0.0.1,localhost' },
    headers: { 'x-portkey-provider': 'openai', 'x-portkey-custom-host': `${upstreamUrl}/v1` },
  };
}

/** Where the machine has it. */
export function findNginx(path = '/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin'): string | undefined {
  return path
    .split(delimiter)
    .map((folder) => join(folder, 'nginx'))
    .find((file) => {
      try {
        accessSync(file);
        return true;
      } catch {
        return false;
      }
    });
}

export function launchNginx(nginx: string, upstreamUrl: string) {
  return (port: number, folder: string): Launch => {
    const configuration = `
daemon off;
worker_processes 1;
pid ${folder}/pid;
error_log ${folder}/error.log;
events { worker_connections 1024; }
http {
  access_log off;
  client_body_temp_path ${folder}/body;
  proxy_temp_path ${folder}/proxy;
  fastcgi_temp_path ${folder}/fastcgi;
  uwsgi_temp_path ${folder}/uwsgi;
  scgi_temp_path ${folder}/scgi;
  upstream bench { server ${upstreamUrl.replace('http://', '')}; keepalive 64; }
  server {
    listen 127.0.0.1:${port};
    location / {
      proxy_pass http://bench;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_buffering off;
    }
  }
}
`;
    const file = join(folder, 'nginx.conf');
    writeFileSync(file, configuration);
    return { name: 'nginx', command: [nginx, '-p', folder, '-e', join(folder, 'error.log'), '-c', file] };
  };
}
