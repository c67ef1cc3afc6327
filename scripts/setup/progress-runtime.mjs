/** Shows on standard error that something is under way: a counter on a terminal, a line every five seconds elsewhere. */

const spinner = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];

/** @param options.isSilentUnlessSlow print nothing in the first second, nor at the end of what took less */
export function startProgress(label, { detail = () => '', isSilentUnlessSlow = false } = {}) {
  const startedMs = performance.now();
  const isTerminal = process.stderr.isTTY === true;
  const seconds = () => (performance.now() - startedMs) / 1000;
  const text = (state) => [`set-up: ${label}`, state, detail()].filter((part) => part !== '').join(', ');
  const isQuiet = () => isSilentUnlessSlow && seconds() < 1;
  let tick = 0;
  const timer = setInterval(
    () => {
      tick += 1;
      if (isQuiet()) {
        return;
      }
      if (isTerminal) {
        process.stderr.write(
          `\r\x1b[K${spinner[tick % spinner.length]} ${text(`${seconds().toFixed(0)} s`)}`,
        );
      } else {
        process.stderr.write(`${text(`${seconds().toFixed(0)} s`)}\n`);
      }
    },
    isTerminal ? 100 : 5000,
  );
  if (!isSilentUnlessSlow && !isTerminal) {
    process.stderr.write(`set-up: ${label}\n`);
  }
  return {
    stop({ isDone }) {
      clearInterval(timer);
      const isShown = isDone && !isQuiet();
      const line = isShown ? `set-up: ${label}: done in ${seconds().toFixed(1)} s\n` : '';
      process.stderr.write(`${isTerminal ? '\r\x1b[K' : ''}${line}`);
    },
  };
}
