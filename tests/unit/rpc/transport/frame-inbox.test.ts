import { expect, test } from 'vitest';
import { DrydockError } from '../../../../src/rpc/errors.ts';
import { FrameInbox, type InboxItem, inboxFramesMax } from '../../../../src/rpc/transport/frame-inbox.ts';
import { doneAfter, token } from './cluster.ts';

function inboxWith(...messages: readonly unknown[]) {
  const failures: string[] = [];
  const inbox = new FrameInbox(({ code }) => failures.push(code));
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
  ['a gap', [token(0), token(2)]],
  ['a repetition', [token(0), token(0)]],
  ['a start that is not the start', [token(1)]],
  ['an end whose last frame was lost', [token(0), doneAfter(2)]],
  ['an end whose only frame was lost', [doneAfter(1)]],
  ['an end that counts too little', [token(0), token(1), doneAfter(1)]],
  ['text that is no JSON', ['no']],
  ['JSON that is no frame', [{ seq: 0 }]],
  ['a frame of two kinds of nonsense', [{ done: { finishReason: 'tired' } }]],
])('%s is RPC_FRAME_INVALID at once', async (_what, messages) => {
  const { inbox, failures } = inboxWith(...messages);
  expect(failures).toEqual(['RPC_FRAME_INVALID']);
  expect(await drain(inbox)).toEqual([failure('RPC_FRAME_INVALID')]);
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
