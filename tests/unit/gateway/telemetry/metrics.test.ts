import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RequestRecord } from '../../../../src/gateway/request-record.ts';
import { createMetrics } from '../../../../src/gateway/telemetry/metrics.ts';
import { RequestMeter } from '../../../../src/gateway/telemetry/request-meter.ts';
import { authorization, runtimes, type ServingGateway, startGateway } from '../gateway-program.ts';
import { greeting, postChat } from '../http-exchange.ts';

function recordOf(fields: Partial<RequestRecord>): RequestRecord {
  return {
    requestId: 'id',
    startedUnixMs: 0,
    method: 'POST',
    route: '/v1/chat/completions',
    status: 200,
    isStreaming: false,
    meter: new RequestMeter(() => 0),
    ...fields,
  };
}

it('does not grow with what clients make up', async () => {
  const metrics = createMetrics([]);
  for (let index = 0; index < 1000; index += 1) {
    metrics.observe(recordOf({ model: `model-${index}` }));
    // Not yet answered: the name is the client's word, and stands in no record.
    metrics.observe(recordOf({ errorCode: 'RPC_MODEL_UNKNOWN', status: 404 }));
  }
  const text = await metrics.text();
  const models = new Set([...text.matchAll(/gen_ai_request_model="([^"]*)"/g)].map(([, model]) => model));
  expect(models.size).toBe(102);
  expect(models).toContain('other');
  expect(models).toContain('none');
});

it('reads gauges when it is asked, and leaves out what is not known', async () => {
  let value = 1;
  const metrics = createMetrics([
    { name: 'a_gauge', help: 'a', read: () => value },
    { name: 'b_gauge', help: 'b', read: () => undefined },
  ]);
  expect(await metrics.text()).toContain('a_gauge 1\n');
  value = 2;
  expect(await metrics.text()).toContain('a_gauge 2\n');
});

describe.each(runtimes)('on %s', (runtime) => {
  let gateway: ServingGateway;
  beforeAll(async () => {
    gateway = await startGateway({ runtime, limits: { requestMs: 2000 } });
  }, 30_000);
  afterAll(() => gateway[Symbol.asyncDispose]());

  const scrape = async () => (await fetch(`${gateway.internalUrl}/metrics`)).text();
  const sample = (text: string, series: string) =>
    Number(
      text
        .split('\n')
        .find((line) => line.startsWith(`${series} `))
        ?.split(' ')[1],
    );

  it('tells of whole answers, of failures, and of what the gateway itself adds', async () => {
    await (await postChat(gateway)).json();
    const chat = 'route="/v1/chat/completions"';
    const overhead = `gateway_overhead_seconds_sum{${chat}}`;
    const before = sample(await scrape(), overhead);
    const slow = { ...greeting, model: 'paused:300', stream: true };
    await (await postChat(gateway, { body: slow })).text();
    const added = sample(await scrape(), overhead) - before;
    await postChat(gateway, { body: { ...greeting, model: 'fail:RPC_WORKER_BUSY' } });
    await postChat(gateway, { body: { ...greeting, model: 'made-up-by-a-client' } });
    await fetch(`${gateway.url}/v1/made-up-by-a-client`, { headers: { authorization } });
    const text = await scrape();
    expect(sample(text, `gateway_requests_total{${chat},status="200",error_code="none"}`)).toBe(2);
    expect(sample(text, `gateway_requests_total{${chat},status="429",error_code="RPC_WORKER_BUSY"}`)).toBe(1);
    expect(sample(text, 'vllm:request_success_total{model_name="echo",finished_reason="stop"}')).toBe(1);
    expect(sample(text, 'vllm:prompt_tokens_total{model_name="echo"}')).toBe(5);
    expect(sample(text, 'vllm:generation_tokens_total{model_name="echo"}')).toBe(3);
    const paused = 'model_name="paused:300"';
    expect(sample(text, `vllm:e2e_request_latency_seconds_sum{${paused}}`)).toBeGreaterThan(0.29);
    expect(sample(text, `vllm:time_per_output_token_seconds_sum{${paused}}`)).toBeGreaterThan(0.29);
    const chatOf = (model: string) => `gen_ai_operation_name="chat",gen_ai_request_model="${model}"`;
    expect(sample(text, `gen_ai_client_token_usage_sum{${chatOf('echo')},gen_ai_token_type="output"}`)).toBe(
      2,
    );
    expect(sample(text, `gen_ai_server_time_to_first_token_seconds_count{${chatOf('echo')}}`)).toBe(1);
    // The worker's 300 ms are not the gateway's.
    expect(sample(text, `gateway_overhead_seconds_count{${chat}}`)).toBe(4);
    const whole = `gen_ai_server_request_duration_seconds_sum{${chatOf('paused:300')},error_type=""}`;
    expect(added).toBeGreaterThan(0);
    expect(added).toBeLessThan(sample(text, whole) - 0.29);
    expect(sample(text, 'gateway_workers')).toBe(1);
    expect(sample(text, 'vllm:num_requests_running')).toBe(0);
    expect(sample(text, 'process_resident_memory_bytes')).toBeGreaterThan(10_000_000);
    expect(text).not.toContain('made-up-by-a-client');
  });

  it('counts what a client that left was sent', async () => {
    const controller = new AbortController();
    const body = { ...greeting, model: 'stalled', stream: true };
    const response = await postChat(gateway, { body, signal: controller.signal });
    expect(sample(await scrape(), 'vllm:num_requests_running')).toBe(1);
    controller.abort();
    await gateway.logLine('the end', (line) => line.errorCode === 'GATEWAY_CLIENT_LEFT');
    await response.text().catch(() => {});
    const text = await scrape();
    expect(text).toMatch(/gateway_requests_total\{.*error_code="GATEWAY_CLIENT_LEFT"\} 1/);
    expect(sample(text, 'vllm:generation_tokens_total{model_name="stalled"}')).toBe(1);
  });

  it('serves metrics on the internal listener alone', async () => {
    const answer = await fetch(`${gateway.url}/metrics`, { headers: { authorization } });
    expect(answer.status).toBe(404);
    expect((await fetch(`${gateway.internalUrl}/v1/models`)).status).toBe(401);
  });

  it('logs the trace of a caller that has one', async () => {
    const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
    await postChat(gateway, { headers: { traceparent: `00-${traceId}-00f067aa0ba902b7-01` } });
    await gateway.logLine('the trace', (line) => line.traceId === traceId);
    await postChat(gateway, { headers: { traceparent: 'not-a-trace', 'x-request-id': 'untraced' } });
    const line = await gateway.logLine('no trace', ({ requestId }) => requestId === 'untraced');
    expect(line).not.toHaveProperty('traceId');
  });
});
