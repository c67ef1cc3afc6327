/**
 * What the runtime needs of its own process's environment. onnxruntime 1.30 reports to its maker over the internet
 * unless this is set before its library loads; it reads the process's environment, not the thread's copy of it.
 */
export function forbidTelemetry(): void {
  process.env.ORT_DISABLE_TELEMETRY = '1';
}
