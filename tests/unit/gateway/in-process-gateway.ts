/** A gateway without a socket: its application, asked as a listener would ask it. */

import { createHash } from 'node:crypto';
import { type AppOptions, createApp } from '../../../src/gateway/app.ts';
import { defaultLimits } from '../../../src/gateway/limits.ts';
import { keyAccess } from './authentication/key-access.ts';
import { greeting } from './http-exchange.ts';
import { scriptedInference } from './scripted-inference.ts';

export const keys = { first: 'key-of-first', second: 'key-of-second' } as const;

export interface AskOptions {
  readonly key?: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
  readonly path?: string;
  readonly method?: string;
}

export interface InProcessGateway {
  ask(options?: AskOptions): Promise<Response>;
  /** As the router has them. */
  readonly routes: readonly { readonly method: string; readonly path: string }[];
  readonly logLines: readonly Readonly<Record<string, unknown>>[];
}

export function inProcessGateway(options: Partial<AppOptions> = {}): InProcessGateway {
  const logLines: Readonly<Record<string, unknown>>[] = [];
  const logger = {
    info: (fields: Readonly<Record<string, unknown>>) => void logLines.push(fields),
    warn: (fields: Readonly<Record<string, unknown>>) => void logLines.push(fields),
  };
  const { signal: never } = new AbortController();
  const clock = { nowUnixMs: () => Date.now() };
  const app = createApp({
    inference: scriptedInference({ logger }),
    access: keyAccess(
      JSON.stringify(
        Object.entries(keys).map(([id, key]) => ({
          id,
          sha256: createHash('sha256').update(key).digest('hex'),
        })),
      ),
      clock,
    ),
    limits: defaultLimits,
    clock,
    randomId: () => crypto.randomUUID().replaceAll('-', ''),
    logger,
    lifecycle: { draining: never, stopping: never },
    ...options,
  });
  return {
    routes: app.routes,
    logLines,
    async ask(asked = {}) {
      const {
        key = keys.first,
        body = greeting,
        headers = {},
        signal,
        path = '/v1/chat/completions',
      } = asked;
      const { method = 'POST' } = asked;
      const request = new Request(`http://gateway${path}`, {
        method,
        headers: {
          authorization: `Bearer ${key}`,
          ...(method === 'POST' ? { 'content-type': 'application/json' } : {}),
          ...headers,
        },
        ...(method === 'POST' ? { body: typeof body === 'string' ? body : JSON.stringify(body) } : {}),
        ...(signal === undefined ? {} : { signal }),
      });
      return app.fetch(request);
    },
  };
}
