/**
 * The control socket of a running simulation: one table of methods, called by whoever runs as the same user. The socket lies in a folder
 * that nobody else may enter, and nobody else may write to it.
 */
import { chmodSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import type { z } from 'zod';
import { isDrydockError } from '../errors.ts';
import { readJsonLines } from './json-lines.ts';
import { type ControlReply, controlVersion, lineBytesMax, requestSchema } from './protocol.ts';
import { openSocketPath, socketName } from './socket-path.ts';

export interface ControlMethod<Params> {
  readonly params: z.ZodType<Params>;
  /** The signal fires when the caller is gone. `emit` sends an event before the result. */
  run(
    params: Params,
    call: { readonly signal: AbortSignal; readonly emit: (event: unknown) => void },
  ): Promise<unknown>;
}

/** By the name that callers use. */
export type ControlMethods = Readonly<Record<string, (params: unknown) => ReadyCall>>;

type ReadyCall = (call: {
  readonly signal: AbortSignal;
  readonly emit: (event: unknown) => void;
}) => Promise<unknown>;

/** Those that follow something stay, and must not keep others from being heard. */
const connectionsMax = 256;

/** Checks parameters before it runs. */
export function controlMethod<Params>({ params, run }: ControlMethod<Params>): ControlMethods[string] {
  return (given) => {
    const checked = params.parse(given);
    return (call) => run(checked, call);
  };
}

/** @param folder of the run, readable by its owner alone. */
export async function openControlServer(folder: string, methods: ControlMethods): Promise<AsyncDisposable> {
  const place = openSocketPath(folder);
  const open = new Set<Socket>();
  const server = createServer((socket) => {
    open.add(socket);
    socket.once('close', () => open.delete(socket));
    serve(socket, methods);
  });
  server.maxConnections = connectionsMax;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(place.path, resolve);
  });
  chmodSync(join(folder, socketName), 0o600);
  return {
    async [Symbol.asyncDispose]() {
      for (const socket of open) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
      place[Symbol.dispose]();
    },
  };
}

function serve(socket: Socket, methods: ControlMethods): void {
  const gone = new AbortController();
  const send = (reply: ControlReply) => {
    if (socket.writable) socket.write(`${JSON.stringify(reply)}\n`);
  };
  socket.on('error', () => socket.destroy());
  socket.once('close', () => gone.abort(new Error('the caller is gone')));
  readJsonLines(socket, lineBytesMax, {
    onBroken: () => socket.destroy(),
    onLine(value) {
      const request = requestSchema.safeParse(value);
      if (!request.success) return void socket.destroy();
      const { id } = request.data;
      void answer(request.data, methods, { signal: gone.signal, emit: (event) => send({ id, event }) }).then(
        (result) => send({ id, result: result ?? null }),
        (error: unknown) => send({ id, failure: failureOf(error) }),
      );
    },
  });
}

async function answer(
  { version, method, params }: { version: number; method: string; params?: unknown },
  methods: ControlMethods,
  call: Parameters<ReadyCall>[0],
): Promise<unknown> {
  const start = version === controlVersion && Object.hasOwn(methods, method) ? methods[method] : undefined;
  if (start === undefined) {
    throw new TypeError(
      `the running simulation does not know ${method} in version ${version}: it was started by another version of drydock`,
    );
  }
  return start(params)(call);
}

function failureOf(error: unknown) {
  if (isDrydockError(error)) {
    const { problems } = error.details;
    const told = (Array.isArray(problems) ? problems : []).flatMap((problem: unknown) =>
      typeof problem === 'object' && problem !== null && 'message' in problem
        ? [{ message: String(problem.message) }]
        : [],
    );
    return { code: error.code, message: error.message, ...(told.length > 0 && { problems: told }) };
  }
  const reason = error instanceof Error ? error.message : String(error);
  return { code: 'SIM_CONTROL_FAILED', message: `could not do it: ${reason}; start the simulation again` };
}
