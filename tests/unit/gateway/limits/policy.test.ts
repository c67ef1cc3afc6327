import { expect, it } from 'vitest';
import { allowsModel, parseLimitPolicies } from '../../../../src/gateway/limits/policy.ts';
import { thrownBy } from '../thrown-by.ts';

it('gives a key what holds for all, and what it has instead', () => {
  const policies = parseLimitPolicies(
    JSON.stringify({
      default: { requestsPerMinute: 10, tokensPerDay: 1000 },
      keys: { first: { requestsPerMinute: 20, models: ['gemma-*'] } },
    }),
  );
  expect(policies.of('other')).toEqual({ requestsPerMinute: 10, tokensPerDay: 1000 });
  expect(policies.of('first')).toEqual({ requestsPerMinute: 20, tokensPerDay: 1000, models: ['gemma-*'] });
  expect(policies.of('__proto__')).toEqual({ requestsPerMinute: 10, tokensPerDay: 1000 });
  expect(parseLimitPolicies('{}').of('first')).toEqual({});
});

it.each([
  [undefined, 'any', true],
  [['echo'], 'echo', true],
  [['echo'], 'echo2', false],
  [['gemma-*'], 'gemma-3-270m', true],
  [['gemma-*'], 'other-gemma-3', false],
  [['*'], 'any', true],
  [[], 'echo', false],
])('of the models %j, takes %s: %s', (models, model, isAllowed) => {
  expect(allowsModel(models === undefined ? {} : { models }, model)).toBe(isAllowed);
});

it.each([
  ['no JSON', '{', 'the file'],
  ['a list', '[]', 'the file'],
  ['a field that is not known', '{"default": {"requestPerMinute": 1}}', 'default'],
  ['a text', '{"default": {"tokensPerDay": "canary"}}', 'default.tokensPerDay'],
  ['zero', '{"keys": {"a": {"tokensPerDay": 0}}}', 'keys.a.tokensPerDay'],
  ['a fraction', '{"keys": {"a": {"requestsPerMinute": 1.5}}}', 'keys.a.requestsPerMinute'],
])('refuses %s by its place', (_, text, place) => {
  const error = thrownBy(() => parseLimitPolicies(text));
  expect(error).toMatchObject({ code: 'GATEWAY_LIMITS_INVALID', message: expect.stringContaining(place) });
  expect(String(error)).not.toContain('canary');
});
