/**
 * The gateway as a web-standard application: it runs wherever there is `fetch`, and touches no socket. Every request is
 * recorded, then authenticated, then routed; every error becomes an answer in `onError`, and nowhere else.
 */

import { type ErrorHandler, Hono } from 'hono';
import { DrydockError } from '../rpc/errors.ts';
import type { InferenceClient, RpcLogger } from '../rpc/inference.ts';
import { chunkedAnswer } from './api-answer.ts';
import { type AddressSettings, admitAddress } from './authentication/admit-address.ts';
import { type AuthenticateOptions, authenticate, type IsPublic } from './authentication/authenticate.ts';
import { authorizeRoute } from './authentication/authorize.ts';
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
import { openApiDocument } from './openapi/openapi-document.ts';
import { recordError } from './record-error.ts';
import { type GatewayEnv, type RequestObserver, recordRequests } from './request-record.ts';
import { responsesApi } from './responses/responses-api.ts';
import { type Route, routesOf } from './routes.ts';
import { discardUnreadBody } from './runtime/unread-body.ts';
import { parseTextCompletionRequest } from './text-completion-request.ts';
import { textCompletionShape } from './text-completion-response.ts';
import { tokenizing } from './tokenize/tokenize-route.ts';

export interface AppOptions {
  readonly inference: InferenceClient;
  /** From which addresses, with which credentials, and what judges them. */
  readonly access: Omit<AuthenticateOptions, 'isPublic'> & { readonly addresses?: AddressSettings };
  readonly limits: GatewayLimits;
  readonly clock: Clock;
  /** At least 128 bits, of letters and digits. */
  readonly randomId: () => string;
  readonly logger: RpcLogger;
  /** `draining` aborts when the program begins to stop, `stopping` when what is still in work must end. */
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
  const { inFlight = createInFlight(limits.requestsMax) } = options;
  const { limiter = unlimited(options) } = options;
  const completing = { ...options, inFlight, limiter, stopping: lifecycle.stopping };
  const { idempotencyStore: store = createIdempotencyStore(clock) } = options;
  const once = (handle: Route['handle']) => idempotent(handle, { store, inFlight, limits });
  let description: string | undefined;
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
      description ??= JSON.stringify(openApiDocument(routes, options.access.policy));
      return description;
    },
  });
  const publicPaths = new Set(routes.filter((route) => route.isPublic).map((route) => route.path));
  const isPublic: IsPublic = (method, path) =>
    (method === 'GET' || method === 'HEAD') && publicPaths.has(path);

  const app = new Hono<GatewayEnv>();
  app.use('*', recordRequests({ ...options, draining: lifecycle.draining }));
  app.use('*', discardUnreadBody(limits));
  app.use('*', admitAddress(options.access.addresses ?? {}, isPublic));
  app.use('*', authenticate({ ...options.access, isPublic }));
  for (const route of routes) {
    app.on(route.method, route.path, (context) => {
      context.var.record.route = route.path;
      if (!route.isPublic) {
        authorizeRoute(context.var.principal, route);
        options.gate?.();
      }
      return route.handle(context);
    });
  }
  for (const [path, allow] of allowedMethods(routes)) {
    app.all(path, (context) => {
      context.var.record.route = path;
      throw methodNotAllowed(allow);
    });
  }
  app.notFound(() => {
    throw routeUnknown();
  });
  app.onError(answerError(logger));
  return app;
}

function unlimited(options: AppOptions): Limiter {
  const { requestMs } = options.limits;
  const store = createInMemoryLimitStore(options);
  return createLimiter({ ...options, store, policies: () => noLimits, requestMs });
}

function answerError(logger: RpcLogger): ErrorHandler<GatewayEnv> {
  return function answerErrorOnce(error, context) {
    const { status, envelope, headers } = recordError(error, { record: context.var.record, logger });
    return context.json(envelope, status, { ...headers });
  };
}

function allowedMethods(routes: readonly Route[]): ReadonlyMap<string, string> {
  const allowed = new Map<string, string>();
  for (const { path, method } of routes) {
    // Whatever answers GET answers HEAD.
    const methods = [allowed.get(path), method, method === 'GET' ? 'HEAD' : undefined];
    allowed.set(path, methods.filter((name) => name !== undefined).join(', '));
  }
  return allowed;
}

function methodNotAllowed(allow: string) {
  return new DrydockError<GatewayErrorCode>(
    'GATEWAY_METHOD_NOT_ALLOWED',
    `could not serve the request: this address does not take its method; use ${allow}`,
    { details: { allow } },
  );
}

function routeUnknown() {
  return new DrydockError<GatewayErrorCode>(
    'GATEWAY_ROUTE_UNKNOWN',
    'could not serve the request: there is nothing at this address; see the list of routes in the README',
  );
}
