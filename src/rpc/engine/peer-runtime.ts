/** A worker connection on a real socket: judged by the listener's auth function where there is one, then served. */
import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { RawData, WebSocket } from 'ws';
import type { EngineCore } from './engine-core.ts';
import type { Incident, IncidentKind } from './incident.ts';
import { Outbox } from './outbox-runtime.ts';
import type { Peer } from './peer.ts';
import { encodeFrame, type PeerFrame, parsePeerFrame, type RegisterFunctionFrame } from './protocol.ts';
import {
  type ListenerRules,
  parseAuthResult,
  type Session,
  type SessionRights,
  sessionOf,
  storedFunctionId,
} from './rbac.ts';

export interface PeerOptions {
  readonly request: IncomingMessage;
  readonly rules: ListenerRules;
  readonly now: () => number;
  readonly onIncident: (incident: Incident) => void;
}

/** Of a timer: about 25 days. */
const timerMsMax = 2 ** 31 - 1;

export async function servePeer(core: EngineCore, socket: WebSocket, options: PeerOptions): Promise<void> {
  const { request, now } = options;
  const address = addressOf(request);
  const tell = (kind: IncidentKind) => options.onIncident({ kind, address });
  socket.on('error', () => {});
  // The real engine answers a ping twice: its library does, and so does it.
  socket.on('ping', (payload) => socket.pong(payload));
  const session = await admit(core, socket, options);
  if (session === 'refused') return;
  const outbox = new Outbox(socket, request.socket);
  const peer = peerOn(socket, outbox, { session, ipAddress: address, connectedAtMs: now() });
  socket.on('close', () => core.disconnect(peer));
  receiveInOrder(core, peer, { socket, tell });
  core.connect(peer);
}

/** A hook may be asked about a frame. Until it has answered, what follows waits: here what was read, else in the socket. */
function receiveInOrder(
  core: EngineCore,
  peer: Peer,
  { socket, tell }: { readonly socket: WebSocket; readonly tell: (kind: IncidentKind) => void },
): void {
  const read: PeerFrame[] = [];
  let isWaiting = false;
  const proceed = () => {
    isWaiting = false;
    while (!isWaiting) {
      const frame = read.shift();
      if (frame === undefined) break;
      take(frame);
    }
    if (!isWaiting) socket.resume();
  };
  const take = (frame: PeerFrame) => {
    if (frame.type === 'registerfunction' && !mayRegister(core, peer, frame)) {
      tell('registration-refused');
      return;
    }
    const pending = core.receive(peer, frame);
    if (pending === undefined) return;
    isWaiting = true;
    socket.pause();
    void pending.then(proceed);
  };
  socket.on('message', (data) => {
    const frame = parsePeerFrame(textOf(data));
    if (frame === undefined) {
      tell('frame-unreadable');
      return;
    }
    if (isWaiting) read.push(frame);
    else take(frame);
  });
}

function mayRegister({ functions }: EngineCore, peer: Peer, frame: RegisterFunctionFrame): boolean {
  const { functionsMax = Number.POSITIVE_INFINITY, registrationBytesMax } = peer.session?.bounds ?? {};
  if (registrationBytesMax !== undefined && JSON.stringify(frame).length > registrationBytesMax) return false;
  const held = functions.get(storedFunctionId(peer.session, frame.id));
  const isReplaced = held?.kind === 'worker' && held.owner === peer;
  return isReplaced || functions.countOf(peer) < functionsMax;
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
  { request, rules, onIncident }: PeerOptions,
): Promise<Session | undefined | 'refused'> {
  const { rbac } = rules;
  if (rbac?.authFunctionId === undefined) return sessionOf(rules, rbac?.defaultRights);
  // What arrives meanwhile stays in the socket until the verdict.
  socket.pause();
  const deadline = setTimeout(() => {
    onIncident({ kind: 'admission-timeout', address: addressOf(request) });
    socket.terminate();
  }, rbac.admissionMsMax ?? timerMsMax);
  deadline.unref();
  const verdict = await judgePeer(core, rbac.authFunctionId, request);
  clearTimeout(deadline);
  if (socket.readyState !== socket.OPEN) return 'refused';
  socket.resume();
  if (typeof verdict !== 'string') return sessionOf(rules, verdict);
  socket.send(encodeFrame({ error: { code: 'AUTH_ERROR', message: verdict }, type: 'error' }));
  socket.close();
  return 'refused';
}

function peerOn(
  socket: WebSocket,
  outbox: Outbox,
  facts: {
    readonly session: Session | undefined;
    readonly ipAddress: string;
    readonly connectedAtMs: number;
  },
): Peer {
  return {
    ...facts,
    id: randomUUID(),
    reattachToken: randomUUID(),
    identity: undefined,
    send: (frame, callId) => outbox.send(encodeFrame(frame), callId),
    unsentCalls: () => outbox.unsentCalls(),
    close: () => outbox.close(),
    terminate: () => socket.terminate(),
  };
}

/** @returns the rights, or the words of the refusal. */
async function judgePeer(
  core: EngineCore,
  authFunctionId: string,
  request: IncomingMessage,
): Promise<Partial<SessionRights> | string> {
  const url = new URL(request.url ?? '/', 'ws://engine');
  const { result, error } = await core.router.callFunction(authFunctionId, {
    headers: request.headers,
    ip_address: addressOf(request),
    query_params: Object.fromEntries(
      [...url.searchParams.keys()].map((key) => [key, url.searchParams.getAll(key)]),
    ),
  });
  if (error !== undefined) return error.message;
  if (result === undefined || result === null) return 'auth function returned no result';
  return parseAuthResult(result);
}

export function addressOf(request: IncomingMessage): string {
  return (request.socket.remoteAddress ?? '').replace(/^::ffff:/, '');
}

function textOf(data: RawData): string {
  if (Array.isArray(data)) return Buffer.concat(data).toString('utf8');
  return Buffer.isBuffer(data) ? data.toString('utf8') : Buffer.from(data).toString('utf8');
}
