/** The real model, whichever can be had, in the whole deployment. */
import { expect, test } from 'vitest';
import { missing } from '../require.ts';
import { startTestedDeployment, type TestedDeployment } from '../support/tested-deployment.ts';

async function ask(deployment: TestedDeployment, content: string): Promise<string> {
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${deployment.apiKey}` };
  const models = (await (await fetch(`${deployment.url}/v1/models`, { headers })).json()) as {
    data: { id: string }[];
  };
  const response = await fetch(`${deployment.url}/v1/chat/completions`, {
    method: 'POST',
    headers,
    body: JSON.stringify({
      model: models.data[0]?.id,
      messages: [{ role: 'user', content }],
      temperature: 0,
      max_tokens: 32,
    }),
  });
  const { choices } = (await response.json()) as { choices: { message: { content: string } }[] };
  return choices[0]?.message.content ?? '';
}

test('knows the capital of France, greedily, through the whole deployment', async (context) => {
  let deployment: TestedDeployment;
  try {
    deployment = await startTestedDeployment();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    if (!/could not get the model/.test(reason)) throw error;
    missing(context, `a real model: ${reason}`);
  }
  await using _ = deployment;
  expect(await ask(deployment, 'What is the capital of France?')).toContain('Paris');
}, 180_000);
