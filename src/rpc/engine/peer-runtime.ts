/** A worker connection on a real socket: judged by the listener's auth function where there is one, then served. */
import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { RawData, WebSocket } from 'ws';
import type { EngineCore } from './engine-core.ts';
import { Outbox } from './outbox-runtime.ts';
import type { Peer } from './peer.ts';
import { encodeFrame, parsePeerFrame } from './protocol.ts';
import { type ListenerRbac, parseAuthResult, type Session, sessionOf } from './rbac.ts';

export interface PeerOptions {
  readonly request: IncomingMessage;
  readonly rbac: ListenerRbac | undefined;
  readonly now: () => number;
}

export async function servePeer(core: EngineCore, socket: WebSocket, options: PeerOptions): Promise<void> {
  const { request, now } = options;
  socket.on('error', () => {});
  // The real engine answers a ping twice: its library does, and so does it.
  socket.on('ping', (payload) => socket.pong(payload));
  const session = await admit(core, socket, options);
  if (session === 'refused') return;
  const peer = peerOn(socket, { session, ipAddress: addressOf(request), connectedAtMs: now() });
  socket.on('close', () => core.disconnect(peer));
  socket.on('message', (data) => {
    const frame = parsePeerFrame(textOf(data));
    if (frame !== undefined) core.receive(peer, frame);
  });
  core.connect(peer);
}

/** Telemetry is taken and dropped; the connection is no peer. */
export async function serveTelemetry(
  core: EngineCore,
  socket: WebSocket,
  options: PeerOptions,
): Promise<void> {
  socket.on('error', () => {});
  await admit(core, socket, options);
  socket.on('message', () => {});
}

async function admit(
  core: EngineCore,
  socket: WebSocket,
  { request, rbac }: PeerOptions,
): Promise<Session | undefined | 'refused'> {
  if (rbac === undefined) return undefined;
  if (rbac.authFunctionId === undefined) return sessionOf(rbac, rbac.defaultRights);
  // What arrives meanwhile stays in the socket until the verdict.
  socket.pause();
  const verdict = await judgePeer(core, { ...rbac, authFunctionId: rbac.authFunctionId }, request);
  if (socket.readyState !== socket.OPEN) return 'refused';
  socket.resume();
  if (typeof verdict !== 'string') return verdict;
  socket.send(encodeFrame({ type: 'error', error: { code: 'AUTH_ERROR', message: verdict } }));
  socket.close();
  return 'refused';
}

function peerOn(
  socket: WebSocket,
  facts: {
    readonly session: Session | undefined;
    readonly ipAddress: string;
    readonly connectedAtMs: number;
  },
): Peer {
  const outbox = new Outbox(socket);
  return {
    ...facts,
    id: randomUUID(),
    reattachToken: randomUUID(),
    identity: undefined,
    send: (frame, callId) => outbox.send(encodeFrame(frame), callId),
    unsentCalls: () => outbox.unsentCalls(),
    terminate: () => socket.terminate(),
  };
}

/** @returns the session, or the words of the refusal. */
async function judgePeer(
  core: EngineCore,
  rbac: ListenerRbac & { readonly authFunctionId: string },
  request: IncomingMessage,
): Promise<Session | string> {
  const url = new URL(request.url ?? '/', 'ws://engine');
  const { result, error } = await core.callFunction(rbac.authFunctionId, {
    headers: request.headers,
    ip_address: addressOf(request),
    query_params: Object.fromEntries(
      [...url.searchParams.keys()].map((key) => [key, url.searchParams.getAll(key)]),
    ),
  });
  if (error !== undefined) return error.message;
  if (result === undefined || result === null) return 'auth function returned no result';
  const rights = parseAuthResult(result);
  return rights === undefined
    ? 'the answer of the auth function is not an AuthResult'
    : sessionOf(rbac, rights);
}

function addressOf(request: IncomingMessage): string {
  return (request.socket.remoteAddress ?? '').replace(/^::ffff:/, '');
}

function textOf(data: RawData): string {
  if (Array.isArray(data)) return Buffer.concat(data).toString('utf8');
  return Buffer.isBuffer(data) ? data.toString('utf8') : Buffer.from(data).toString('utf8');
}
