/**
 * For the environment of a program that gets no other variable of ours: where Node keeps what it has compiled, which
 * halves the time that a program takes to start.
 */
const { NODE_COMPILE_CACHE } = process.env;
export const compileCache: Readonly<Record<string, string>> =
  NODE_COMPILE_CACHE === undefined ? {} : { NODE_COMPILE_CACHE };
