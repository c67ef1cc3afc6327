import { expect, it } from 'vitest';
import { runtimes, startGateway } from './gateway-program.ts';
import { greeting, postChat } from './http-exchange.ts';

it.concurrent.each(runtimes)(
  'keeps a stream open through 13 seconds without a byte on %s',
  async (runtime) => {
    // Bun drops a connection after ten seconds of silence unless it is told otherwise.
    await using quiet = await startGateway({ runtime, limits: { heartbeatMs: 60_000 } });
    const response = await postChat(quiet, { body: { ...greeting, model: 'paused:13000', stream: true } });
    expect((await response.text()).endsWith('data: [DONE]\n\n')).toBe(true);
  },
);
