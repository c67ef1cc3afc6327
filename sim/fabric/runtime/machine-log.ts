/** A machine's log file. It never ends the machine: a full disk or a talkative program costs log lines and nothing else. */
import { closeSync, openSync, writeSync } from 'node:fs';

export interface MachineLog {
  readonly write: (chunk: Buffer) => void;
  readonly close: () => void;
}

const bytesMax = 64 * 2 ** 20;

export function openMachineLog(file: string): MachineLog {
  const descriptor = openSync(file, 'a', 0o600);
  let bytesLeft = bytesMax;
  return {
    write(chunk) {
      if (bytesLeft <= 0) return;
      bytesLeft -= chunk.length;
      try {
        // Synchronous, as a last line must be on disk when the program is seen to end.
        writeSync(descriptor, chunk);
      } catch {
        bytesLeft = 0;
      }
    },
    close: () => closeSync(descriptor),
  };
}
