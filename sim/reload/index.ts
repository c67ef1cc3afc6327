/** The door of `drydock reload`: how it is asked for, and how its outcome is told. */
export {
  describeReload,
  type Reloaded,
  type ReloadParams,
  reloadParamsSchema,
} from './describe-reload.ts';
export { runReload } from './run-reload-runtime.ts';
