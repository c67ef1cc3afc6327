import { expect, it } from 'vitest';
import { createLogger } from '../../../../src/gateway/runtime/logger.ts';

it('keeps the values of secret fields out of a line, however they got there', () => {
  let line = '';
  const logger = createLogger({
    write(text) {
      line += text;
    },
  });
  const secret = { prompt: 'canary', headers: { authorization: 'canary' }, token: 'canary', route: 'kept' };
  logger.info({ ...secret, request: secret, messages: [{ content: 'canary' }] }, 'text');
  expect(line).not.toContain('canary');
  expect(JSON.parse(line)).toMatchObject({
    prompt: '[redacted]',
    messages: '[redacted]',
    request: { prompt: '[redacted]', headers: '[redacted]', token: '[redacted]', route: 'kept' },
    route: 'kept',
  });
});
