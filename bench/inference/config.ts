/** What the inference bench takes from the environment. */

export interface InferenceBenchConfig {
  /** The folder of `llama-bench` and `llama-batched-bench`, built for this machine. Absent: they are not measured. */
  readonly llamaCppDir?: string;
}

export function readInferenceBenchConfig(environment: NodeJS.ProcessEnv = process.env): InferenceBenchConfig {
  const llamaCppDir = environment.LLAMA_CPP_BIN;
  return Object.freeze(llamaCppDir ? { llamaCppDir } : {});
}
