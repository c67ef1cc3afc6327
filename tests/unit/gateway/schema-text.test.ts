import { expect, it } from 'vitest';
import { schemaText } from '../../../src/gateway/schema-text.ts';
import { thrownBy } from './thrown-by.ts';

it('keeps the order of properties', () => {
  expect(schemaText({ b: 1, a: { d: 2, c: 3 } }, 'x')).toBe('{"b":1,"a":{"d":2,"c":3}}');
});

it('refuses what is nested so deep that writing it would hold up others', () => {
  const nested: object = JSON.parse(`${'{"not":'.repeat(20_000)}{}${'}'.repeat(20_000)}`);
  expect(thrownBy(() => schemaText(nested, 'response_format'))).toMatchObject({
    code: 'GATEWAY_PARAM_INVALID',
    details: { param: 'response_format' },
    message: expect.stringContaining('nested too deep'),
  });
});
