/**
 * Entry of the thread that a graph's builder measures a model in: it runs the layers one after another over a text, tells what it reads on the
 * way, and at the end the factors of the inputs that it was asked for. Any message to it ends it.
 */

import { parentPort, workerData } from 'node:worker_threads';
import { isDrydockError } from '../../rpc/errors.ts';
import { openModelSource } from '../model-source.ts';
import type { CalibrationOrder, FromCalibration } from './calibrate-runtime.ts';
import { measureFactors } from './measure-factors-runtime.ts';

const order = workerData as CalibrationOrder;
const port = parentPort;
if (port === null) throw new TypeError('this file is the entry of a worker thread');
const tell = (message: FromCalibration) => port.postMessage(message);
const stopped = new AbortController();
port.once('message', () => stopped.abort());

try {
  await using source = await openModelSource(order.modelFile);
  const factors = await measureFactors(source, {
    ...order,
    signal: stopped.signal,
    onProgress: (doneBytes) => tell({ kind: 'progress', doneBytes }),
  });
  tell({ kind: 'done', factors });
} catch (error) {
  if (!isDrydockError(error)) throw error;
  tell({ kind: 'failed', code: error.code, message: error.message });
} finally {
  port.close();
}
