/** One VPC's local services as a machine that the fabric starts: in the router's namespace, without any privilege. */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { MachineSpec } from '../fabric/index.ts';
import type { LocalServicesProcess } from './plan-local-services.ts';

const root = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url));
const program = fileURLToPath(new URL('./main.ts', import.meta.url));
/** Starts in a quarter of the time that Node needs for TypeScript. */
const bun = root('node_modules/bun/bin/bun.exe');

export function localServicesMachine(
  { id, namespace, services }: LocalServicesProcess,
  options: { readonly logDirectory: string; readonly stateDirectory: string },
): MachineSpec {
  return {
    id,
    namespace,
    command: [bun, program],
    environment: {},
    files: { 'local-services.json': JSON.stringify(services) },
    mounts: [],
    hiddenFolders: [options.stateDirectory],
    logFile: join(options.logDirectory, `${id}.log`),
  };
}
