/**
 * Takes a gateway out of service: it is not ready from the first moment on and answers 503 to what comes, while what is in work has a window
 * to finish. What does not, ends with an error that its client is told. Only then the port is closed.
 */

import type { InferenceClient, RpcLogger } from '../../rpc/inference.ts';
import type { InFlight } from '../in-flight.ts';
import { settlesWithin } from './abortable.ts';
import type { Listener } from './listen.ts';

export interface StoppableGateway {
  readonly drainMs: number;
  readonly listener: Listener;
  readonly inFlight: InFlight;
  readonly inference: InferenceClient;
  readonly resources: DisposableStack;
  readonly operations: AsyncDisposable;
  /** From now on: not ready. */
  readonly beginDraining: () => void;
  /** Ends what is still in work. */
  readonly abandonRequests: () => void;
}

export interface StopOptions {
  readonly logger: RpcLogger;
  /** Resolves when nothing is to be waited for any more. */
  readonly hurried: Promise<void>;
}

/** Milliseconds that what did not finish in time has to tell its client, and as many where there is a hurry. */
const farewellMs = 2_000;
const hurriedFarewellMs = 200;

export async function stopGateway(
  gateway: StoppableGateway,
  { logger, hurried }: StopOptions,
): Promise<void> {
  const { drainMs, listener, inFlight, inference, resources, operations } = gateway;
  let isHurried = false;
  const hurry = hurried.then(() => {
    isHurried = true;
    return false;
  });
  const farewell = (work: Promise<unknown>) =>
    settlesWithin(work, isHurried ? hurriedFarewellMs : farewellMs);
  logger.info(
    { event: 'stopping', running: inFlight.count, windowMs: drainMs },
    'the gateway takes no more requests, and finishes what is in work',
  );
  gateway.beginDraining();
  if (!(await Promise.race([settlesWithin(inFlight.idle(), drainMs), hurry]))) {
    logger.warn({ event: 'abandoning', running: inFlight.count }, 'what is still in work ends with an error');
    gateway.abandonRequests();
    await Promise.race([farewell(inFlight.idle()), hurry]);
  }
  if (!(await farewell(listener.close()))) listener.destroy();
  await farewell(Promise.resolve(inference[Symbol.asyncDispose]()));
  resources.dispose();
  await farewell(Promise.resolve(operations[Symbol.asyncDispose]()));
  logger.info({ event: 'stopped' }, 'the gateway has stopped');
}
