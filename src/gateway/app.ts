/**
 * The gateway as a web-standard application: it runs wherever there is `fetch`, and touches no socket. Every request is
 * recorded, then authenticated, then routed; every error becomes an answer in `onError`, and nowhere else.
 */

import { Hono } from 'hono';
import { DrydockError } from '../rpc/errors.ts';
import type { InferenceClient, RpcLogger } from '../rpc/inference.ts';
import type { Tracer } from '../rpc/tracing/span.ts';
import { chunkedAnswer } from './api-answer.ts';
import { type Access, admitByAccess } from './authentication/access.ts';
import type { AuthPolicy } from './authentication/auth-policy.ts';
import type { IsPublic } from './authentication/authenticate.ts';
import { parseChatRequest } from './chat-request.ts';
import { chatShape } from './chat-response.ts';
import type { Clock } from './clock.ts';
import { type CompletionApi, completions } from './completions.ts';
import type { GatewayErrorCode } from './errors.ts';
import { createIdempotencyStore, type IdempotencyStore } from './idempotency/idempotency-store.ts';
import { idempotent } from './idempotency/idempotent.ts';
import { createInFlight, type InFlight } from './in-flight.ts';
import { createInMemoryLimitStore } from './limits/limit-store.ts';
import { createLimiter, type Limiter } from './limits/limiter.ts';
import { noLimits } from './limits/policy.ts';
import type { GatewayLimits } from './limits.ts';
import { mountRoutes } from './mount-routes.ts';
import { openApiDocument } from './openapi/openapi-document.ts';
import { type GatewayEnv, type RequestObserver, recordRequests } from './request-record.ts';
import { responsesApi } from './responses/responses-api.ts';
import { type Route, routesOf } from './routes.ts';
import { discardUnreadBody } from './runtime/unread-body.ts';
import { parseTextCompletionRequest } from './text-completion-request.ts';
import { textCompletionShape } from './text-completion-response.ts';
import { tokenizing } from './tokenize/tokenize-route.ts';

export interface AppOptions {
  readonly inference: InferenceClient;
  /** From which addresses, with which credentials, and what judges them; asked for every request where it may change. */
  readonly access: Access | (() => Access);
  readonly limits: GatewayLimits;
  readonly clock: Clock;
  /** At least 128 bits, of letters and digits. */
  readonly randomId: () => string;
  readonly logger: RpcLogger;
  /** Absent: nothing is traced. */
  readonly tracer?: Tracer;
  /** Told of every request once it has ended. */
  readonly observers?: readonly RequestObserver[];
  /** Whether observers are given prompts. Default: no. */
  readonly keepsPrompts?: boolean;
  /** Called before whatever is not public. Throws while it must be refused. Default: never. */
  readonly gate?: () => void;
  /** Default: one of its own. */
  readonly inFlight?: InFlight;
  /** Default: one of its own. */
  readonly idempotencyStore?: IdempotencyStore;
  /** Default: nobody is limited beyond `limits`. */
  readonly limiter?: Limiter;
  /** `draining` aborts when the program begins to stop, `stopping` when what is still in work must end. */
  readonly lifecycle: { readonly draining: AbortSignal; readonly stopping: AbortSignal };
}

const chatApi: CompletionApi = {
  idPrefix: 'chatcmpl-',
  parse: parseChatRequest,
  open: (options) => chunkedAnswer(chatShape(options)),
};
const textApi: CompletionApi = {
  idPrefix: 'cmpl-',
  parse: parseTextCompletionRequest,
  open: (options) => chunkedAnswer(textCompletionShape(options)),
};

export function createApp(options: AppOptions): Hono<GatewayEnv> {
  const { inference, limits, clock, logger, lifecycle } = options;
  const { inFlight = createInFlight(limits.requestsMax), access: given } = options;
  const access = typeof given === 'function' ? given : () => given;
  const { limiter = unlimited(options) } = options;
  const completing = { ...options, inFlight, limiter, stopping: lifecycle.stopping };
  const { idempotencyStore: store = createIdempotencyStore(clock) } = options;
  const once = (handle: Route['handle']) => idempotent(handle, { store, inFlight, limits });
  let described: { readonly policy: AuthPolicy; readonly text: string } | undefined;
  const routes: readonly Route[] = routesOf({
    inference,
    limiter,
    startedUnixMs: clock.nowUnixMs(),
    draining: lifecycle.draining,
    completeChat: once(completions(chatApi, completing)),
    completeText: once(completions(textApi, completing)),
    respond: once(completions(responsesApi, completing)),
    tokenize: tokenizing(completing),
    describeApi() {
      const { policy } = access();
      if (described?.policy !== policy)
        described = { policy, text: JSON.stringify(openApiDocument(routes, policy)) };
      return described.text;
    },
  });
  const publicPaths = new Set(routes.filter((route) => route.isPublic).map((route) => route.path));
  const isPublic: IsPublic = (method, path) =>
    (method === 'GET' || method === 'HEAD') && publicPaths.has(path);

  const app = new Hono<GatewayEnv>();
  app.use('*', recordRequests({ ...options, draining: lifecycle.draining }));
  app.use('*', discardUnreadBody(limits));
  app.use('*', admitByAccess(access, isPublic));
  mountRoutes(app, routes, {
    logger,
    gate() {
      if (lifecycle.draining.aborted) throw leaving();
      options.gate?.();
    },
  });
  return app;
}

function unlimited(options: AppOptions): Limiter {
  const { requestMs } = options.limits;
  const store = createInMemoryLimitStore(options);
  return createLimiter({ ...options, store, policies: () => noLimits, requestMs });
}

function leaving() {
  return new DrydockError<GatewayErrorCode>(
    'GATEWAY_SHUTTING_DOWN',
    'could not start the answer: this gateway is being stopped; send the request again',
  );
}
