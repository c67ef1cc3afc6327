/** Finds the programs that only load balancers need. */
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { DrydockError } from '../../errors.ts';

const usualFolders = ['/usr/local/sbin', '/usr/sbin', '/sbin', '/usr/bin', '/bin'];

/** By the package that brings it, of the same name. @throws DrydockError SIM_TOOL_MISSING */
export function findProgram(
  name: 'haproxy' | 'openssl',
  pathVariable: string,
  folders = usualFolders,
): string {
  const found = [...pathVariable.split(delimiter), ...folders]
    .filter((folder) => folder.startsWith('/'))
    .map((folder) => join(folder, name))
    .find(canRun);
  if (found !== undefined) return found;
  const why = name === 'haproxy' ? 'run the load balancers' : 'make a certificate for the load balancers';
  throw new DrydockError(
    'SIM_TOOL_MISSING',
    `could not ${why}: ${name} is not on this machine; run: sudo apt-get install -y ${name}`,
    { details: { missing: [name] } },
  );
}

function canRun(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
