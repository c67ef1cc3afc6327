/** The door of the control channel: a running simulation's methods, and how another terminal calls them. */
export { callControl } from './control-client-runtime.ts';
export { type ControlMethods, controlMethod, openControlServer } from './control-server-runtime.ts';
export { chooseRun, type Run } from './runs-runtime.ts';
export { openSocketPath } from './socket-path.ts';
