/**
 * Runs one program in a process group of its own, shows that it is at work, and takes the whole group along when this
 * process is interrupted or its parent dies, however that dies. Being killed outright itself is the one thing it cannot
 * pass on.
 */

import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { startProgress } from './progress-runtime.mjs';

const parentPollMs = 200;
const reapMsMax = 500;
const signalExitCodes = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 };

let parent = process.ppid;

/** Whoever started this process knows its parent better: that may have died before this file was read. */
export function setParent(processId) {
  parent = processId;
}

/**
 * @param options.label         what the user sees while it runs
 * @param options.detail        a function returning a few words of progress
 * @param options.logFile       gets both output streams; without it they are dropped
 * @param options.graceMs       how long after SIGTERM it is killed, when this process has to end; 0: killed at once
 * @param options.inheritedFile an open file that the child gets as descriptor 3
 * @returns `{ exitCode, isMissing, output }`; exitCode is null when a signal ended it
 */
export async function runChild(program, args, options) {
  const log = openSync(options.logFile ?? '/dev/null', 'w');
  // Watched before it runs: a signal in between would end this process and leave the child.
  let child;
  const stopWatching = watchForTheEnd(() => child, options);
  child = spawn(program, args, {
    cwd: options.cwd,
    env: options.env ?? process.env,
    stdio: ['ignore', log, log, options.inheritedFile ?? 'ignore'],
    detached: true,
  });
  const progress = startProgress(options.label, options);
  try {
    const ended = await new Promise((resolve) => {
      child.once('error', (error) => resolve({ exitCode: null, isMissing: error.code === 'ENOENT' }));
      child.once('exit', (exitCode) => resolve({ exitCode, isMissing: false }));
    });
    progress.stop({ isDone: ended.exitCode === 0 });
    return { ...ended, output: options.logFile === undefined ? '' : readFileSync(options.logFile, 'utf8') };
  } finally {
    stopWatching();
    closeSync(log);
  }
}

/** Ends the group and this process on a signal or once the parent is another. */
function watchForTheEnd(childOf, { graceMs = 0 }) {
  let isEnding = false;
  const end = (exitCode) => {
    if (!isEnding) {
      isEnding = true;
      endEverything(childOf(), { exitCode, graceMs });
    }
  };
  const onSignal = (signal) => end(signalExitCodes[signal]);
  for (const signal of Object.keys(signalExitCodes)) {
    process.on(signal, onSignal);
  }
  const timer = setInterval(() => process.ppid !== parent && end(2), parentPollMs);
  return () => {
    clearInterval(timer);
    for (const signal of Object.keys(signalExitCodes)) {
      process.off(signal, onSignal);
    }
  };
}

/** Leaves once the child is reaped, so that no defunct entry waits for whoever inherits it. */
function endEverything(child, { exitCode, graceMs }) {
  if (child.pid === undefined) {
    process.exit(exitCode);
  }
  signalGroup(child.pid, 'SIGTERM');
  setTimeout(() => signalGroup(child.pid, 'SIGKILL'), graceMs);
  setTimeout(() => process.exit(exitCode), graceMs + reapMsMax);
  child.once('exit', () => {
    signalGroup(child.pid, 'SIGKILL');
    process.exit(exitCode);
  });
}

function signalGroup(groupId, signal) {
  try {
    process.kill(-groupId, signal);
  } catch {
    // It has ended.
  }
}
