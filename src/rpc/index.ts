/** The door of the RPC layer for programs: what a gateway or a worker needs to reach the other. The engine is a program of its own. */
export { type EngineAddress, parseEngines } from './contract/engines.ts';
export type {
  ChatMessage,
  DoneFrame,
  ErrorFrame,
  FinishReason,
  GenerateFrame,
  GenerateRequest,
  Sampling,
  TokenFrame,
  Usage,
} from './contract/generate.ts';
export type { ModelInfo, WorkerInfo } from './contract/worker.ts';
export { type DrydockErrorOptions, isDrydockError, type RpcErrorCode } from './errors.ts';
export type {
  GenerateHandler,
  InferenceClient,
  InferenceClientOptions,
  InferenceServer,
  InferenceServerOptions,
  NodeCredential,
  RpcLogger,
} from './inference.ts';
export { connectInference } from './transport/client-runtime.ts';
export { serveInference } from './transport/server-runtime.ts';
