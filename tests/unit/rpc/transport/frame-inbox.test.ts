import { expect, test } from 'vitest';
import { DrydockError } from '../../../../src/rpc/errors.ts';
import { FrameInbox, type InboxItem, inboxFramesMax } from '../../../../src/rpc/transport/frame-inbox.ts';
import { doneAfter, token, tokens } from './cluster.ts';

function inboxWith(...messages: readonly unknown[]) {
  const failures: string[] = [];
  const inbox = new FrameInbox({ onFailure: ({ code }) => failures.push(code) });
  for (const message of messages) inbox.push(typeof message === 'string' ? message : JSON.stringify(message));
  return { inbox, failures };
}

async function drain(inbox: FrameInbox): Promise<readonly InboxItem[]> {
  const items: InboxItem[] = [];
  for (;;) {
    const item = await inbox.next();
    items.push(item);
    if (!('frame' in item)) return items;
  }
}

const failure = (code: string) => ({ failure: expect.objectContaining({ code }) });
const lost = new DrydockError('RPC_WORKER_LOST', 'could not go on');

test('gives frames in order, then the end', async () => {
  const { inbox, failures } = inboxWith(token(0), token(1), doneAfter(2), token(2));
  expect(await drain(inbox)).toEqual([
    { frame: token(0) },
    { frame: token(1) },
    { frame: doneAfter(2) },
    { end: 'terminal' },
  ]);
  expect(failures).toEqual([]);
});

test('an error frame is an end too', async () => {
  const error = { error: { code: 'RPC_GENERATION_FAILED', message: 'no' } };
  expect(await drain(inboxWith(token(0), error).inbox)).toEqual([
    { frame: token(0) },
    { frame: error },
    { end: 'terminal' },
  ]);
});

test.each([
  ['a gap', 1, [token(0), token(2)]],
  ['a repetition', 1, [token(0), token(0)]],
  ['a start that is not the start', 0, [token(1)]],
  ['an end whose last frame was lost', 1, [token(0), doneAfter(2)]],
  ['an end whose only frame was lost', 0, [doneAfter(1)]],
  ['an end that counts too little', 2, [token(0), token(1), doneAfter(1)]],
  ['text that is no JSON', 0, ['no']],
  ['JSON that is no frame', 0, [{ seq: 0 }]],
  ['a frame of two kinds of nonsense', 0, [{ done: { finishReason: 'tired' } }]],
])('%s is told at once, and the %i whole frames before it count', async (_what, whole, messages) => {
  const { inbox, failures } = inboxWith(...messages);
  expect(failures).toEqual(['RPC_FRAME_INVALID']);
  const frames = tokens(whole).map((frame) => ({ frame }));
  const blamed = { failure: expect.objectContaining({ code: 'RPC_FRAME_INVALID', blame: 'frames' }) };
  expect(await drain(inbox)).toEqual([...frames, blamed]);
});

test('an end counts the tokens of the whole answer, those before this attempt included', async () => {
  const failures: string[] = [];
  const inbox = new FrameInbox({ onFailure: ({ code }) => failures.push(code), tokensBefore: 5 });
  expect([token(0), doneAfter(6)].map((frame) => inbox.push(JSON.stringify(frame)))).toEqual([1, 0]);
  expect(await drain(inbox)).toEqual([{ frame: token(0) }, { frame: doneAfter(6) }, { end: 'terminal' }]);
  expect(failures).toEqual([]);
});

test('holds as many frames as its bound, and fails at the next', async () => {
  const full = Array.from({ length: inboxFramesMax }, (_, seq) => token(seq));
  const { inbox, failures } = inboxWith(...full);
  expect(failures).toEqual([]);
  inbox.push(JSON.stringify(token(inboxFramesMax)));
  expect(failures).toEqual(['RPC_CONSUMER_TOO_SLOW']);
  expect(await drain(inbox)).toEqual([failure('RPC_CONSUMER_TOO_SLOW')]);
});

test('an end delivers what came before it, a failure does not, and the first of them counts', async () => {
  const ended = inboxWith(token(0));
  ended.inbox.end(lost);
  ended.inbox.fail(new DrydockError('RPC_CANCELLED', 'late'));
  expect(await drain(ended.inbox)).toEqual([{ frame: token(0) }, failure('RPC_WORKER_LOST')]);
  const failed = inboxWith(token(0));
  failed.inbox.fail(lost);
  failed.inbox.push(JSON.stringify(token(1)));
  expect(await drain(failed.inbox)).toEqual([failure('RPC_WORKER_LOST')]);
  const whole = inboxWith(doneAfter(0));
  whole.inbox.end(lost);
  expect(await drain(whole.inbox)).toEqual([{ frame: doneAfter(0) }, { end: 'terminal' }]);
  expect([ended.failures, failed.failures, whole.failures]).toEqual([
    ['RPC_WORKER_LOST'],
    ['RPC_WORKER_LOST'],
    [],
  ]);
});

test.each([
  ['several tokens in a frame', [{ seq: 0, ids: [4, 5, 6], text: 'a' }, doneAfter(3)]],
  ['frames without a token', [{ seq: 0, ids: [], text: 'a' }, { seq: 1, ids: [4], text: '' }, doneAfter(1)]],
  ['no token at all', [doneAfter(0)]],
])('an end after %s is whole', async (_what, messages) => {
  const { inbox, failures } = inboxWith(...messages);
  expect(await drain(inbox)).toEqual([...messages.map((frame) => ({ frame })), { end: 'terminal' }]);
  expect(failures).toEqual([]);
});

test('a reader that waits is woken by the next frame', async () => {
  const { inbox } = inboxWith();
  const next = inbox.next();
  inbox.push(JSON.stringify(token(0)));
  expect(await next).toEqual({ frame: token(0) });
});
