/** The one door of the RPC layer: what a gateway or a worker needs to reach the other. The engine is a program of its own. */
export { type EngineAddress, parseEngines } from './contract/engines.ts';
export {
  type ChatMessage,
  chatMessageSchema,
  type DoneFrame,
  doneFrameSchema,
  type ErrorFrame,
  errorFrameSchema,
  type FinishReason,
  finishReasonSchema,
  type GenerateFrame,
  type GenerateRequest,
  generateFrameSchema,
  generateRequestSchema,
  type Sampling,
  samplingSchema,
  type TokenFrame,
  tokenFrameSchema,
  type Usage,
  usageSchema,
} from './contract/generate.ts';
export { ports } from './contract/ports.ts';
export {
  functionIds,
  type ModelInfo,
  modelInfoSchema,
  type WorkerInfo,
  workerInfoSchema,
} from './contract/worker.ts';
export { DrydockError, type DrydockErrorOptions, isDrydockError, type RpcErrorCode } from './errors.ts';
export type {
  GenerateHandler,
  InferenceClient,
  InferenceClientOptions,
  InferenceServer,
  InferenceServerOptions,
  RpcLogger,
} from './inference.ts';
export { connectInference } from './transport/client-runtime.ts';
export { serveInference } from './transport/server-runtime.ts';
