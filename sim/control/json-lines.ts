/** Cuts a stream into lines of JSON, none longer than allowed. */
import type { Socket } from 'node:net';

export interface LineReader {
  readonly onLine: (value: unknown) => void;
  /** Too long, or no JSON. The stream is of no use any more. */
  readonly onBroken: (reason: string) => void;
}

export function readJsonLines(socket: Socket, bytesMax: number, { onLine, onBroken }: LineReader): void {
  let rest = '';
  let isBroken = false;
  const stop = (reason: string) => {
    isBroken = true;
    onBroken(reason);
  };
  socket.setEncoding('utf8').on('data', (text: string) => {
    if (isBroken) return;
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      if (isBroken) return;
      if (line.length > bytesMax) return stop(`a message is longer than ${bytesMax} bytes`);
      const value = parse(line);
      if (value === undefined) return stop('a message is no JSON');
      onLine(value);
    }
    if (rest.length > bytesMax) stop(`a message is longer than ${bytesMax} bytes`);
  });
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
