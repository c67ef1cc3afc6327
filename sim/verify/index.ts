/** The door of `drydock verify` and `drydock policy init`: what their commands run. */

export { type PolicyInitOptions, runPolicyInit } from './policy-init-runtime.ts';
export { reportJsonSchema } from './report-json-schema.ts';
export { runVerify, type VerifyOptions } from './verify-runtime.ts';
