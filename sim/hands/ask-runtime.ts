/** Asks one question as a client on the simulated internet does, and reads the streamed answer to its end. */
import { z } from 'zod';
import { DrydockError, isDrydockError } from '../errors.ts';

export interface Question {
  readonly url: string;
  readonly apiKey: string;
  readonly text: string;
  /** Absent: the first one that the gateway lists. */
  readonly model?: string;
  readonly maxTokens: number;
  /** Default 0. */
  readonly temperature?: number;
  readonly signal: AbortSignal;
  readonly onText: (text: string) => void;
}

export interface Answer {
  readonly text: string;
  readonly model: string;
  readonly finishReason: string;
  readonly completionTokens: number;
  readonly firstTokenMs: number;
  readonly totalMs: number;
}

const chunkSchema = z.object({
  model: z.string().optional(),
  choices: z
    .array(
      z.object({ delta: z.object({ content: z.string().nullish() }), finish_reason: z.string().nullish() }),
    )
    .optional(),
  usage: z.object({ completion_tokens: z.number() }).nullish(),
  error: z.object({ message: z.string() }).optional(),
});

const errorSchema = z.object({ error: z.object({ message: z.string() }) });

const budgetMs = 120_000;
const reasonCharactersMax = 200;

/** @throws DrydockError SIM_ANSWER_INCOMPLETE unless the answer came whole: finish reason, usage and end mark. */
export async function ask(question: Question): Promise<Answer> {
  const signal = AbortSignal.any([question.signal, AbortSignal.timeout(budgetMs)]);
  try {
    return await readAnswer({ ...question, signal });
  } catch (error) {
    question.signal.throwIfAborted();
    if (isDrydockError(error)) throw error;
    throw incomplete(signal.aborted ? `it took more than ${budgetMs / 1_000} s` : 'the connection broke');
  }
}

async function readAnswer(question: Question): Promise<Answer> {
  const started = performance.now();
  const response = await fetch(`${question.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${question.apiKey}` },
    body: JSON.stringify({
      model: question.model ?? (await firstModel(question)),
      messages: [{ role: 'user', content: question.text }],
      temperature: question.temperature ?? 0,
      max_tokens: question.maxTokens,
      stream: true,
      stream_options: { include_usage: true },
    }),
    signal: question.signal,
  });
  if (!response.ok || response.body === null)
    throw incomplete(`status ${response.status}: ${reasonIn(await response.text())}`);
  const answer = { text: '', model: '', finishReason: '', completionTokens: 0, firstTokenMs: 0 };
  let isEnded = false;
  for await (const data of serverSentData(response.body)) {
    if (data === '[DONE]') {
      isEnded = true;
      continue;
    }
    const chunk = chunkSchema.parse(JSON.parse(data));
    if (chunk.error) throw incomplete(chunk.error.message);
    answer.model = chunk.model ?? answer.model;
    answer.completionTokens = chunk.usage?.completion_tokens ?? answer.completionTokens;
    const choice = chunk.choices?.[0];
    answer.finishReason = choice?.finish_reason ?? answer.finishReason;
    const text = choice?.delta.content ?? '';
    if (text === '') continue;
    if (answer.text === '') answer.firstTokenMs = performance.now() - started;
    answer.text += text;
    question.onText(text);
  }
  if (!isEnded || answer.finishReason === '' || answer.completionTokens === 0) {
    throw incomplete('the stream ended without its end mark');
  }
  return { ...answer, totalMs: performance.now() - started };
}

/** The gateway's own words, where it sent its envelope of errors. */
function reasonIn(body: string): string {
  try {
    return errorSchema.parse(JSON.parse(body)).error.message;
  } catch {
    return body.slice(0, reasonCharactersMax).trim() || 'without a word';
  }
}

async function firstModel({ url, apiKey, signal }: Question): Promise<string> {
  const response = await fetch(`${url}/v1/models`, {
    headers: { authorization: `Bearer ${apiKey}` },
    signal,
  });
  const body = z
    .object({ data: z.array(z.object({ id: z.string() })).min(1) })
    .safeParse(await response.json());
  const [model] = body.success ? body.data.data : [];
  if (model === undefined) throw incomplete(`the gateway listed no model (status ${response.status})`);
  return model.id;
}

/** The `data:` fields of a stream of server-sent events, one event each (WHATWG HTML §9.2.6; the gateway sends single-line data). */
async function* serverSentData(body: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const bytes of body) {
    const lines = (rest + decoder.decode(bytes, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) if (line.startsWith('data: ')) yield line.slice('data: '.length);
  }
}

function incomplete(reason: string): DrydockError {
  return new DrydockError(
    'SIM_ANSWER_INCOMPLETE',
    `could not get a whole answer: ${reason}; the programs' logs are in .drydock/runs`,
    { details: { exitCode: 1 } },
  );
}
