/** The door of `drydock reload`: its running side and its calling side. */
export { describeReload, type Reloaded } from './describe-reload.ts';
export { reloadMethod } from './reload-method.ts';
export { type ReloadOptions, runReload } from './run-reload-runtime.ts';
