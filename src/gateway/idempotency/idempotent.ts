/**
 * Gives requests that carry an `Idempotency-Key` one answer between them: the first makes it, the same again reads it from its beginning, while
 * it is made or after. The work goes on while anybody reads, and ends when the last one leaves. Errors are not kept, and whoever
 * waits for an answer that fails is told the same.
 */

import type { Context } from 'hono';
import type { InFlight } from '../in-flight.ts';
import type { GatewayEnv } from '../request-record.ts';
import type { Route } from '../routes.ts';
import { type JsonBodyOptions, readBody } from '../runtime/json-body.ts';
import { digestOf, parseIdempotencyKey } from './idempotency-key.ts';
import type { ClaimedRun, IdempotencyStore } from './idempotency-store.ts';
import type { RecordingReader } from './recording.ts';

export interface IdempotentOptions {
  readonly store: IdempotencyStore;
  readonly inFlight: InFlight;
  readonly limits: Omit<JsonBodyOptions, 'signal' | 'content'>;
}

type Handle = Route['handle'];

export function idempotent(handle: Handle, options: IdempotentOptions): Handle {
  return async function answerOnce(context) {
    const header = context.req.header('idempotency-key');
    if (header === undefined) return handle(context);
    const key = parseIdempotencyKey(header);
    const bytes = await readWhole(context, options);
    const { record } = context.var;
    const abandoned = new AbortController();
    const run = options.store.claim({
      name: digestOf(record.keyId ?? '', record.route, key),
      digest: digestOf(context.req.header('content-type') ?? '', bytes),
      onAbandoned: () => abandoned.abort(),
    });
    const reader = run.recording.join();
    const clientSignal = context.req.raw.signal;
    clientSignal.addEventListener('abort', reader.leave, { once: true });
    if (clientSignal.aborted) reader.leave();
    if (run.isReplay) return replay(context, reader, options);
    context.req.raw = requestAgain(context.req.raw, bytes, abandoned.signal);
    return makeAnswer(context, { handle, run, reader });
  };
}

/** The place is given back before the handler takes its own. */
async function readWhole(context: Context<GatewayEnv>, { inFlight, limits }: IdempotentOptions) {
  using _place = inFlight.enter();
  const { raw } = context.req;
  const body = readBody(raw, { ...limits, signal: raw.signal, content: context.var.content });
  return await context.var.record.meter.waitFor('client', body);
}

function requestAgain(
  { url, headers }: Request,
  body: Uint8Array<ArrayBuffer>,
  signal: AbortSignal,
): Request {
  return new Request(url, { method: 'POST', headers, body, signal });
}

interface RunOptions {
  readonly handle: Handle;
  readonly run: ClaimedRun;
  readonly reader: RecordingReader;
}

async function makeAnswer(
  context: Context<GatewayEnv>,
  { handle, run, reader }: RunOptions,
): Promise<Response> {
  const { recording } = run;
  try {
    const response = await handle(context);
    const { body, status, headers } = response;
    recording.begin(headers.get('content-type') ?? '');
    void keep(context, run, body);
    return new Response(reader.body(), { status, headers });
  } catch (error) {
    run.finish(false);
    recording.fail(error);
    throw error;
  }
}

/** An answer that breaks off on its way is told in its own last event, and recorded as an error. */
async function keep(
  { var: { record } }: Context<GatewayEnv>,
  { recording, finish }: ClaimedRun,
  body: ReadableStream<Uint8Array> | null,
): Promise<void> {
  try {
    for await (const chunk of body ?? []) await recording.append(chunk);
    finish(record.errorCode === undefined);
  } catch {
    finish(false);
  } finally {
    recording.end();
  }
}

async function replay(
  context: Context<GatewayEnv>,
  reader: RecordingReader,
  { inFlight }: IdempotentOptions,
): Promise<Response> {
  try {
    const place = inFlight.enter();
    void reader.left.then(() => place[Symbol.dispose]());
    const contentType = await reader.begun;
    context.var.record.isReplay = true;
    const headers = { 'content-type': contentType, 'idempotency-replayed': 'true' };
    return context.body(reader.body(), 200, headers);
  } catch (error) {
    reader.leave();
    throw error;
  }
}
