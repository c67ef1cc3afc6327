/** A collector of OTLP over HTTP on loopback: what it was sent, and how it answers. */

import { createServer } from 'node:http';
import { z } from 'zod';
import { until } from '../../../support/until.ts';

const attributeSchema = z.strictObject({
  key: z.string().min(1),
  value: z.union([
    z.strictObject({ stringValue: z.string() }),
    z.strictObject({ intValue: z.string().regex(/^-?\d+$/) }),
    z.strictObject({ doubleValue: z.number() }),
    z.strictObject({ boolValue: z.boolean() }),
  ]),
});

const nanoseconds = z.string().regex(/^\d{19}$/);

const spanSchema = z.strictObject({
  traceId: z.string().regex(/^[0-9a-f]{32}$/),
  spanId: z.string().regex(/^[0-9a-f]{16}$/),
  parentSpanId: z
    .string()
    .regex(/^[0-9a-f]{16}$/)
    .optional(),
  flags: z.literal(1),
  name: z.string().min(1),
  kind: z.int().min(1).max(5),
  startTimeUnixNano: nanoseconds,
  endTimeUnixNano: nanoseconds,
  attributes: z.array(attributeSchema),
  events: z.array(z.strictObject({ name: z.string(), timeUnixNano: nanoseconds })),
  status: z.strictObject({ code: z.literal(2).optional() }),
});

/** OTLP 1.3, `ExportTraceServiceRequest`, as far as it is used: no field that is not in it. */
const requestSchema = z.strictObject({
  resourceSpans: z.array(
    z.strictObject({
      resource: z.strictObject({ attributes: z.array(attributeSchema) }),
      scopeSpans: z.array(
        z.strictObject({ scope: z.strictObject({ name: z.string() }), spans: z.array(spanSchema) }),
      ),
    }),
  ),
});

export interface CollectedSpan {
  readonly service: unknown;
  readonly name: string;
  readonly kind: number;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string | undefined;
  readonly isError: boolean;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly events: readonly string[];
  readonly startUnixMs: number;
  readonly ms: number;
}

export interface Collector extends AsyncDisposable {
  readonly url: string;
  /** Bodies of all requests, as text. */
  readonly bodies: readonly string[];
  spans(): readonly CollectedSpan[];
  /** Resolves with them once there are so many. */
  spansOnce(count: number): Promise<readonly CollectedSpan[]>;
  /** Requests that came, answered or not. */
  readonly tries: number;
  answerWith(status: number | 'never', headers?: Readonly<Record<string, string>>): void;
}

export async function startCollector(): Promise<Collector> {
  const bodies: string[] = [];
  let status: number | 'never' = 200;
  let headers: Readonly<Record<string, string>> = {};
  let tries = 0;
  const server = createServer((request, response) => {
    tries += 1;
    let body = '';
    request.setEncoding('utf8').on('data', (chunk) => {
      body += chunk;
    });
    request.on('end', () => {
      if (status === 200) bodies.push(body);
      if (status === 'never') return;
      response.writeHead(status, { 'content-type': 'application/json', ...headers }).end('{}');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  const spans = () => bodies.flatMap(spansOf);
  return {
    url: `http://127.0.0.1:${port}/v1/traces`,
    bodies,
    spans,
    spansOnce: (count) =>
      until(async () => (spans().length >= count ? spans() : undefined), {
        what: `${count} spans`,
        budgetMs: 20_000,
      }),
    get tries() {
      return tries;
    },
    answerWith(next, more = {}) {
      status = next;
      headers = more;
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function spansOf(body: string): CollectedSpan[] {
  return requestSchema.parse(JSON.parse(body)).resourceSpans.flatMap(({ resource, scopeSpans }) =>
    scopeSpans.flatMap(({ spans }) =>
      spans.map((span) => ({
        service: plain(resource.attributes)['service.name'],
        ...{ name: span.name, kind: span.kind, traceId: span.traceId, spanId: span.spanId },
        parentSpanId: span.parentSpanId,
        isError: span.status.code === 2,
        attributes: plain(span.attributes),
        events: span.events.map(({ name }) => name),
        startUnixMs: Number(span.startTimeUnixNano) / 1e6,
        ms: Number(BigInt(span.endTimeUnixNano) - BigInt(span.startTimeUnixNano)) / 1e6,
      })),
    ),
  );
}

function plain(attributes: readonly z.infer<typeof attributeSchema>[]): Record<string, unknown> {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]]));
}
