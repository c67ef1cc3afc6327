/** The one environment variable that iii-sdk leaves no option for. */

/** Keeps the SDK from rendering every payload, prompts included, for traces that nobody records. */
export function turnOffPayloadTraces(): void {
  process.env.III_DISABLE_TRACE_PAYLOADS = '1';
}
