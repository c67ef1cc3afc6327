/** The oracle that packets are held against unless another is given: our own judge and our own proof of the model. */

import { judge, prepareModel, prove } from '../prove/index.ts';
import type { VpcModel } from '../vpc/model.ts';
import type { Oracle } from './oracle.ts';
import { proofAnswers } from './proof-answers.ts';

export function modelOracle(model: VpcModel): Oracle {
  const prepared = prepareModel(model);
  return { judge: (packet) => judge(prepared, packet), answer: proofAnswers(model, prove(model)) };
}
