/** Finds the programs that only load balancers, and the proxies beside engines, need. */
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { DrydockError } from '../../errors.ts';

const usualFolders = ['/usr/local/sbin', '/usr/sbin', '/sbin', '/usr/bin', '/bin'];

/** What it is for, as the error names it. */
export type ProgramUse = 'the load balancers' | 'the proxies beside engines';

/** By the package that brings it, of the same name. @throws DrydockError SIM_TOOL_MISSING */
export function findProgram(
  name: 'haproxy' | 'openssl',
  pathVariable: string,
  {
    folders = usualFolders,
    use = 'the load balancers',
  }: { folders?: readonly string[]; use?: ProgramUse } = {},
): string {
  const found = [...pathVariable.split(delimiter), ...folders]
    .filter((folder) => folder.startsWith('/'))
    .map((folder) => join(folder, name))
    .find(canRun);
  if (found !== undefined) return found;
  const why = name === 'haproxy' ? `run ${use}` : `make a certificate for ${use}`;
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
