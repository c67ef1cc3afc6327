/** Loaded into an engine program by a test: SIGUSR2 throws in it, SIGWINCH rejects a promise that nobody awaits. */
const failure = () => new RangeError('my\n    at secret (secret:1:2)');

process.on('SIGUSR2', () => {
  throw failure();
});
process.on('SIGWINCH', () => {
  void Promise.reject(failure());
});
