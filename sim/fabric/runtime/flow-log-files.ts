/** Two files of flow logs, `flow-logs.log` as AWS writes it and `flow-logs.jsonl` with more, up to a bound. A full disk costs records and nothing else. */
import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { DrydockError } from '../../errors.ts';
import { type FlowLogLine, flowLogFields } from '../flow-logs/flow-log-lines.ts';

export interface FlowLogFiles extends Disposable {
  write(lines: readonly FlowLogLine[]): void;
}

const bytesMax = 256 * 2 ** 20;

/** @throws DrydockError SIM_INPUT_INVALID where the folder cannot be written. */
export function openFlowLogFiles(folder: string): FlowLogFiles {
  const [aws, extended] = ['flow-logs.log', 'flow-logs.jsonl'].map((name) => openLog(folder, name));
  aws?.append(`${flowLogFields}\n`);
  return {
    write(lines) {
      if (lines.length === 0) return;
      aws?.append(lines.map((line) => `${line.aws}\n`).join(''));
      extended?.append(lines.map((line) => `${JSON.stringify(line.extended)}\n`).join(''));
    },
    [Symbol.dispose]() {
      aws?.close();
      extended?.close();
    },
  };
}

function openLog(folder: string, name: string) {
  const file = join(folder, name);
  const descriptor = open(folder, file);
  let bytesLeft = bytesMax;
  return {
    append(text: string) {
      bytesLeft -= text.length;
      if (bytesLeft < 0) return;
      try {
        writeSync(descriptor, text);
      } catch {
        bytesLeft = 0;
      }
    },
    close: () => closeSync(descriptor),
  };
}

function open(folder: string, file: string): number {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    return openSync(file, 'a', 0o600);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new DrydockError(
      'SIM_INPUT_INVALID',
      `could not write ${file}: ${reason}; give a folder that you may write`,
    );
  }
}
