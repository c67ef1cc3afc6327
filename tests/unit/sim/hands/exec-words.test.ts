import { expect, test } from 'vitest';
import { execWords } from '../../../../sim/hands/exec-words.ts';

const place = { pid: 77, environment: { DRYDOCK_SLOTS: '4' }, mark: 'DRYDOCK_EXEC=x' };
const tools = { env: '/bin/env', nsenter: '/bin/nsenter', setpriv: '/bin/setpriv' };
const words = (isInUserNamespace: boolean) =>
  execWords(place, {
    command: ['ip', '-6', 'route'],
    tools,
    isInUserNamespace,
    path: '/bin',
    terminal: 'vt100',
  });

test('enters the namespaces first, gives up every privilege then, and ends with the command as it was given', () => {
  const text = words(false).join(' ');
  expect(text).toBe(
    [
      '/bin/setpriv --pdeathsig KILL /bin/env --ignore-signal=INT --ignore-signal=QUIT',
      '/bin/nsenter --target 77 --mount --net --pid --',
      '/bin/setpriv --pdeathsig KILL --bounding-set=-all --inh-caps=-all --ambient-caps=-all --no-new-privs --',
      '/bin/env -i --default-signal=INT --default-signal=QUIT',
      'DRYDOCK_SLOTS=4 PATH=/bin HOME=/ TERM=vt100 DRYDOCK_EXEC=x ip -6 route',
    ].join(' '),
  );
});

test('enters a user namespace as whoever made it', () => {
  const extra = words(true).filter((word) => !words(false).includes(word));
  expect(extra).toStrictEqual(['--user', '--preserve-credentials']);
});
