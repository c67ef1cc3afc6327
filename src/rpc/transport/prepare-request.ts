/** A request as it is sent: checked, small enough for an engine, and with a seed. */
import { type GenerateRequest, generateRequestSchema } from '../contract/generate.ts';
import { DrydockError } from '../errors.ts';
import { checkRequestSize } from './request-size.ts';

const seedMax = 2 ** 53 - 1;

/**
 * @param random from 0 to 1. The seed is drawn here and not by the worker, for another one may have to go on with the answer.
 * @throws DrydockError RPC_REQUEST_INVALID
 */
export function prepareRequest(given: GenerateRequest, random: () => number): GenerateRequest {
  const parsed = generateRequestSchema.safeParse(given);
  if (!parsed.success) {
    const path = parsed.error.issues[0]?.path.join('.');
    throw new DrydockError(
      'RPC_REQUEST_INVALID',
      `could not send the request: ${path} is not valid; correct it`,
    );
  }
  const request = parsed.data;
  checkRequestSize(request);
  const seed = request.sampling.seed ?? Math.floor(random() * seedMax);
  return { ...request, sampling: { ...request.sampling, seed } };
}
