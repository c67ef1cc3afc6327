/** What the command reads from its environment. One switch: a schema library would cost more start-up than it checks. */
export function readConfig(env: NodeJS.ProcessEnv = process.env) {
  return Object.freeze({
    /** `DRYDOCK_DEBUG=1`: print the stack of an error. */
    showsStacks: env.DRYDOCK_DEBUG === '1',
  });
}
