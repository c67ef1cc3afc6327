import { expect, test } from 'vitest';
import { parseUpstreamConfig } from '../../../../src/worker/upstream/upstream-config.ts';
import { thrown } from '../thrown.ts';

const least = { name: 'gemma', engine: 'openai', baseUrl: 'http://127.0.0.1:8000' };
const at = { directory: '/run/drydock/model' };

test('reads the least and the most that model.json may say', () => {
  const address = { kind: 'port', hosts: ['127.0.0.1'], port: 8000, base: '' };
  expect(parseUpstreamConfig(least, at)).toEqual({ name: 'gemma', address });
  const most = { ...least, upstreamModel: 'org/g', apiKeyFile: 'key', slots: 12, contextTokens: 4096 };
  expect(parseUpstreamConfig(most, at)).toEqual({
    name: 'gemma',
    address,
    upstreamModel: 'org/g',
    apiKeyFile: '/run/drydock/model/key',
    slots: 12,
    contextTokens: 4096,
  });
});

test.each<[string, Record<string, unknown>, RegExp]>([
  ['another engine', { engine: 'vllm' }, /engine: /],
  ['no name', { name: '' }, /name: /],
  ['a key outside its directory', { apiKeyFile: '../key' }, /apiKeyFile: is not the name of a file/],
  ['a hidden key', { apiKeyFile: '.key' }, /apiKeyFile: is not the name of a file/],
  ['no slots', { slots: 0 }, /slots: /],
  ['half a slot', { slots: 1.5 }, /slots: /],
  ['no context', { contextTokens: 0 }, /contextTokens: /],
  ['another host', { baseUrl: 'http://10.0.0.1' }, /is not on this host/],
])('refuses %s', (_, changes, reason) => {
  const error = thrown(() => parseUpstreamConfig({ ...least, ...changes }, at));
  expect(error.code).toBe('WORKER_CONFIG_INVALID');
  expect(error.message).toMatch(reason);
});
