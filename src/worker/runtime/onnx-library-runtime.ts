/**
 * onnxruntime's C API, called through koffi in the library that ships inside onnxruntime-node: no copies, and runs on threads of
 * libuv. Addresses are bare numbers here, and a wrong one ends the process: nothing but `native-session-runtime.ts` may use this file.
 */

import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import koffi, { type LibraryHandle } from 'koffi';
import { forbidTelemetry } from './config.ts';

/** An address in native memory; 0 or null is none. */
export type Pointer = bigint | number | null;

type NativeFunction = ((...args: readonly unknown[]) => unknown) & {
  async(...args: readonly unknown[]): void;
};

/**
 * Places in the table of functions (onnxruntime_c_api.h). The table only ever grows at its end, so they hold for every version that
 * answers to `apiVersion`.
 */
const apiVersion = 21;
const declarations = {
  getErrorMessage: [2, 'const char *OrtGetErrorMessage(void *status)'],
  createEnv: [3, 'void *OrtCreateEnv(int level, const char *id, _Out_ void **out)'],
  createSession: [7, 'void *OrtCreateSession(void *env, const char *path, void *options, _Out_ void **out)'],
  run: [
    9,
    'void *OrtRun(void *session, void *options, void *inputNames, void *inputs, size_t inputCount, void *outputNames, size_t outputCount, void *outputs)',
  ],
  createSessionOptions: [10, 'void *OrtCreateSessionOptions(_Out_ void **out)'],
  setIntraOpNumThreads: [24, 'void *OrtSetIntraOpNumThreads(void *options, int threads)'],
  createRunOptions: [39, 'void *OrtCreateRunOptions(_Out_ void **out)'],
  setTerminate: [46, 'void *OrtRunOptionsSetTerminate(void *options)'],
  createTensor: [
    49,
    'void *OrtCreateTensorWithDataAsOrtValue(void *memoryInfo, void *values, size_t bytes, const int64_t *dims, size_t rank, int type, _Out_ void **out)',
  ],
  createCpuMemoryInfo: [69, 'void *OrtCreateCpuMemoryInfo(int allocator, int type, _Out_ void **out)'],
  releaseStatus: [93, 'void OrtReleaseStatus(void *status)'],
  releaseSession: [95, 'void OrtReleaseSession(void *session)'],
  releaseValue: [96, 'void OrtReleaseValue(void *value)'],
  releaseRunOptions: [97, 'void OrtReleaseRunOptions(void *options)'],
  releaseSessionOptions: [100, 'void OrtReleaseSessionOptions(void *options)'],
  addSessionConfigEntry: [
    130,
    'void *OrtAddSessionConfigEntry(void *options, const char *key, const char *value)',
  ],
} as const satisfies Readonly<Record<string, readonly [number, string]>>;

export type OnnxFunction = keyof typeof declarations;

export interface OnnxLibrary {
  /** Calls a function whose result is a status. @throws Error with onnxruntime's own words. */
  call(name: OnnxFunction, ...args: readonly unknown[]): void;
  /** As `call`, for a function whose last argument is where it puts a new object. */
  create(name: OnnxFunction, ...args: readonly unknown[]): Pointer;
  release(name: OnnxFunction, object: Pointer): void;
  /** As `call`, on a thread of libuv. */
  callAsync(name: OnnxFunction, ...args: readonly unknown[]): Promise<void>;
  /** One environment serves all sessions of a process. */
  readonly env: Pointer;
  readonly memoryInfo: Pointer;
  /** Held for the life of the process: koffi unloads a library that nobody holds, even while its functions are in use. */
  readonly handle: LibraryHandle;
}

let opened: OnnxLibrary | undefined;

/** @throws Error where the system has no such library, or koffi cannot load it. */
export function onnxLibrary(): OnnxLibrary {
  opened ??= open();
  return opened;
}

function open(): OnnxLibrary {
  forbidTelemetry();
  const library = koffi.load(libraryPath());
  const functions = readFunctions(library);
  const call = (name: OnnxFunction, ...args: readonly unknown[]) =>
    check(functions, functions[name](...args));
  const create = (name: OnnxFunction, ...args: readonly unknown[]): Pointer => {
    const out: Pointer[] = [null];
    call(name, ...args, out);
    return out[0] ?? null;
  };
  // Fatal alone: an error comes back as a status, and is told by whoever asked.
  const logLevel = 4;
  return {
    call,
    create,
    release: (name, object) => void functions[name](object),
    callAsync: (name, ...args) =>
      new Promise((resolve, reject) => {
        functions[name].async(...args, (error: unknown, status: unknown) => {
          if (error) return reject(error);
          try {
            check(functions, status);
            resolve();
          } catch (failed) {
            reject(failed);
          }
        });
      }),
    env: create('createEnv', logLevel, 'drydock'),
    memoryInfo: create('createCpuMemoryInfo', 0, 0),
    handle: library,
  };
}

/** Where onnxruntime-node keeps the library of this system. */
function libraryPath(): string {
  const home = dirname(createRequire(import.meta.url).resolve('onnxruntime-node/package.json'));
  return join(home, 'bin', 'napi-v6', process.platform, process.arch, 'libonnxruntime.so.1');
}

function readFunctions(library: LibraryHandle): Record<OnnxFunction, NativeFunction> {
  const base: { readonly GetApi: Pointer } = koffi.decode(
    library.func('void *OrtGetApiBase()')(),
    koffi.struct({ GetApi: 'void *', GetVersionString: 'void *' }),
  );
  const table: unknown = koffi.call(base.GetApi, koffi.proto('void *(uint32_t version)'), apiVersion);
  if (!table) throw new Error(`onnxruntime does not speak version ${apiVersion} of its interface`);
  const last = Math.max(...Object.values(declarations).map(([place]) => place));
  const addresses: readonly Pointer[] = koffi.decode(table, koffi.array('void *', last + 1));
  const functions = Object.entries(declarations).map(([name, [place, signature]]) => {
    return [name, koffi.decode(addresses[place], koffi.proto(signature))] as const;
  });
  return Object.fromEntries(functions) as Record<OnnxFunction, NativeFunction>;
}

function check(functions: Record<OnnxFunction, NativeFunction>, status: unknown): void {
  if (!status) return;
  const message = String(functions.getErrorMessage(status));
  functions.releaseStatus(status);
  throw new Error(message);
}

/** An array of pointers in native memory, for the life of the process. */
export function pointerArray(pointers: readonly Pointer[]): Pointer {
  const array: Pointer = koffi.alloc('void *', pointers.length);
  koffi.encode(array, koffi.array('void *', pointers.length), [...pointers]);
  return array;
}

/** Null-terminated texts in native memory, for the life of the process. */
export function textArray(texts: readonly string[]): Pointer {
  return pointerArray(
    texts.map((text) => {
      const bytes = new TextEncoder().encode(`${text}\0`);
      const address: Pointer = koffi.alloc('uint8_t', bytes.length);
      koffi.encode(address, koffi.array('uint8_t', bytes.length), bytes);
      return address;
    }),
  );
}

export function setPointer(array: Pointer, index: number, pointer: Pointer): void {
  koffi.encode(array, 8 * index, 'void *', pointer);
}
