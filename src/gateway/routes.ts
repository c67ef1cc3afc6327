/** Every route of the gateway, in one table: what is not in it is answered 404, and only what it marks public needs no key. */

import type { Context } from 'hono';
import { DrydockError } from '../rpc/errors.ts';
import type { InferenceClient } from '../rpc/inference.ts';
import { mayUseModel, modelUnknown } from './authentication/authorize.ts';
import type { GatewayErrorCode } from './errors.ts';
import type { Limiter } from './limits/limiter.ts';
import { readinessOf } from './readiness.ts';
import type { GatewayEnv } from './request-record.ts';

export interface Route {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Pattern of the router. */
  readonly path: string;
  readonly isPublic: boolean;
  /** Only for those to whom it is granted by name. */
  readonly isAdmin: boolean;
  readonly handle: (context: Context<GatewayEnv>) => Response | Promise<Response>;
}

export interface RoutesOptions {
  readonly inference: InferenceClient;
  readonly limiter: Limiter;
  readonly startedUnixMs: number;
  /** Aborted once the program is on its way out: it is then alive, and not ready. */
  readonly draining: AbortSignal;
  readonly completeChat: Route['handle'];
  readonly completeText: Route['handle'];
  readonly respond: Route['handle'];
  readonly tokenize: Route['handle'];
  /** JSON of the API's own description. */
  readonly describeApi: () => string;
}

export function routesOf(options: RoutesOptions): readonly Route[] {
  const { inference, limiter, draining, completeChat, completeText, respond, tokenize, describeApi } =
    options;
  const createdUnixSeconds = Math.floor(options.startedUnixMs / 1000);
  const modelsFor = ({ var: { principal, record } }: Context<GatewayEnv>) =>
    inference
      .models()
      .filter(({ name }) => mayUseModel(principal, name) && limiter.allowsModel(record.keyId ?? '', name))
      .map(({ name }) => modelObject(name, createdUnixSeconds));
  return [
    {
      method: 'GET',
      path: '/livez',
      isPublic: true,
      isAdmin: false,
      handle: (context) => context.json({ status: 'alive' }),
    },
    {
      method: 'GET',
      path: '/readyz',
      isPublic: true,
      isAdmin: false,
      handle: (context) => {
        const { isReady, status } = readinessOf(inference, draining);
        return context.json({ status }, isReady ? 200 : 503);
      },
    },
    {
      method: 'GET',
      path: '/openapi.json',
      // It tells nobody a secret, and nobody who may not call has a use for it.
      isPublic: false,
      isAdmin: false,
      handle: (context) => context.body(describeApi(), 200, { 'content-type': 'application/json' }),
    },
    { method: 'POST', path: '/v1/chat/completions', isPublic: false, isAdmin: false, handle: completeChat },
    { method: 'POST', path: '/v1/completions', isPublic: false, isAdmin: false, handle: completeText },
    { method: 'POST', path: '/v1/responses', isPublic: false, isAdmin: false, handle: respond },
    { method: 'POST', path: '/tokenize', isPublic: false, isAdmin: false, handle: tokenize },
    { method: 'POST', path: '/v1/embeddings', isPublic: false, isAdmin: false, handle: refuseEmbeddings },
    {
      method: 'GET',
      path: '/v1/models',
      isPublic: false,
      isAdmin: false,
      handle: (context) => context.json({ object: 'list', data: modelsFor(context) }),
    },
    {
      method: 'GET',
      // A model's name may hold slashes.
      path: '/v1/models/:model{.+}',
      isPublic: false,
      isAdmin: false,
      handle: (context) => {
        const found = modelsFor(context).find(({ id }) => id === context.req.param('model'));
        if (found === undefined) throw modelUnknown();
        return context.json(found);
      },
    },
  ];
}

function refuseEmbeddings(): never {
  throw new DrydockError<GatewayErrorCode>(
    'GATEWAY_EMBEDDINGS_UNSERVED',
    'could not make embeddings: no model here makes any; send the request to a service that does',
  );
}

/** OpenAI's `Model`. When a model was made is not known, so `created` is when this gateway started. */
function modelObject(name: string, createdUnixSeconds: number) {
  return { id: name, object: 'model', created: createdUnixSeconds, owned_by: 'drydock' };
}
