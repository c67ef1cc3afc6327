import { expect, it } from 'vitest';
import { Recording } from '../../../../src/gateway/idempotency/recording.ts';

const bytes = (text: string) => new TextEncoder().encode(text);

function recordingOf({
  bytesMax = 100,
  mayKeep = () => true,
}: {
  bytesMax?: number;
  mayKeep?: () => boolean;
} = {}) {
  const told = { abandoned: 0, held: 0 };
  const recording = new Recording({
    bytesMax,
    onBytes(change) {
      told.held += change;
      return mayKeep();
    },
    onAbandoned: () => {
      told.abandoned += 1;
    },
  });
  return { recording, told };
}

async function textOf(body: ReadableStream<Uint8Array>): Promise<string> {
  return new Response(body).text();
}

it('gives every reader all of it from the beginning, whenever it comes', async () => {
  const { recording, told } = recordingOf();
  const early = textOf(recording.join().body());
  await recording.append(bytes('one '));
  const middle = textOf(recording.join().body());
  await recording.append(bytes('two'));
  recording.end();
  expect(await Promise.all([early, middle, textOf(recording.join().body())])).toEqual(
    Array.from({ length: 3 }, () => 'one two'),
  );
  expect(told).toEqual({ abandoned: 0, held: 7 });
});

it('says once that nobody reads any more, and not after the end', async () => {
  const { recording, told } = recordingOf();
  const [first, second] = [recording.join(), recording.join()];
  await first.body().cancel();
  expect(told.abandoned).toBe(0);
  second.leave();
  second.leave();
  await second.left;
  expect(told.abandoned).toBe(1);
  const ended = recordingOf();
  const reader = ended.recording.join();
  ended.recording.end();
  reader.leave();
  expect(ended.told.abandoned).toBe(0);
});

it('tells whoever waits for its beginning that there will be none', async () => {
  const { recording } = recordingOf();
  const { begun } = recording.join();
  const failure = new Error('refused');
  recording.fail(failure);
  await expect(begun).rejects.toBe(failure);
});

it('takes no new reader beyond its bytes, holds little more, and waits for the slowest', async () => {
  const { recording, told } = recordingOf({ bytesMax: 10 });
  const slow = recording.join().body().getReader();
  const fast = recording.join().body().getReader();
  await recording.append(bytes('12345678'));
  let isTaken = false;
  const second = recording.append(bytes('abcdefgh')).then(() => {
    isTaken = true;
  });
  expect(recording.isJoinable).toBe(false);
  expect(() => recording.join()).toThrow(TypeError);
  await fast.read();
  await fast.read();
  expect(isTaken).toBe(false);
  expect(told.held).toBe(16);
  expect((await slow.read()).value).toEqual(bytes('12345678'));
  await second;
  expect(told.held).toBe(8);
  expect((await slow.read()).value).toEqual(bytes('abcdefgh'));
  recording.end();
  expect([(await slow.read()).done, (await fast.read()).done]).toEqual([true, true]);
  expect(told.held).toBe(0);
});

it('goes on when the slow reader leaves', async () => {
  const { recording, told } = recordingOf({ bytesMax: 4 });
  const slow = recording.join();
  const fast = recording.join().body().getReader();
  const appended = recording.append(bytes('12345678'));
  await fast.read();
  slow.leave();
  await appended;
  expect(told).toEqual({ abandoned: 0, held: 0 });
});

it('takes no new reader once there is no room for it among others', async () => {
  let hasRoom = true;
  const { recording } = recordingOf({ mayKeep: () => hasRoom });
  const body = recording.join().body();
  await recording.append(bytes('a'));
  expect(recording.isJoinable).toBe(true);
  hasRoom = false;
  await recording.append(bytes('b'));
  recording.end();
  expect(recording.isJoinable).toBe(false);
  expect(await textOf(body)).toBe('ab');
});
