/** `drydock ask`: a question through the real entrance, as a client on the internet sends it, and the answer as it comes. */
import { readFileSync } from 'node:fs';
import { DrydockError } from '../errors.ts';
import { printable } from '../escape.ts';
import { ask } from './ask-runtime.ts';
import { type Caller, callSimulation, jsonText, runOf } from './call-simulation-runtime.ts';
import { statusSchema } from './status.ts';

export interface AskRequest {
  readonly text: string;
  readonly model?: string;
  readonly maxTokens: number;
  readonly temperature: number;
  readonly signal: AbortSignal;
}

const budgetMs = 10_000;

/** @throws DrydockError SIM_ANSWER_INCOMPLETE unless the answer came whole; SIM_CONTROL_FAILED */
export async function runAsk(
  request: AskRequest,
  { isJson, print, ...caller }: Caller & { readonly isJson: boolean },
): Promise<void> {
  const run = runOf(caller);
  const { relays, apiKeyFile } = await callSimulation(run, {
    ...{ method: 'status', params: null, answer: statusSchema, budgetMs },
  });
  const [entrance] = relays;
  if (entrance === undefined) throw refused('the simulation has no entrance', 'start it again');
  let last = '';
  const answer = await ask({
    ...request,
    url: entrance.url,
    apiKey: readKey(apiKeyFile),
    onText(text) {
      last = text;
      if (!isJson) print(printable(text));
    },
  });
  if (isJson) print(jsonText(answer));
  else if (!last.endsWith('\n')) print('\n');
}

function readKey(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch {
    throw refused(`${file} cannot be read`, 'call this as the user who started the simulation');
  }
}

function refused(reason: string, step: string): DrydockError {
  return new DrydockError('SIM_CONTROL_FAILED', `could not ask: ${reason}; ${step}`);
}
