/** Finds the system tools that the fabric runs. An ordinary user's PATH often lacks the sbin folders, so they are looked up there too. */
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { DrydockError } from '../../errors.ts';

const packages = {
  ip: 'iproute2',
  nft: 'nftables',
  unshare: 'util-linux',
  nsenter: 'util-linux',
  setpriv: 'util-linux',
  mount: 'mount',
  sh: 'dash',
  env: 'coreutils',
} as const;

const usualFolders = ['/usr/local/sbin', '/usr/sbin', '/sbin', '/usr/bin', '/bin'];

export type Tool = keyof typeof packages;

/** Absolute paths. */
export type Tools = Readonly<Record<Tool, string>>;

/** @throws DrydockError SIM_TOOL_MISSING naming every missing tool and the one command that installs them. */
export function findTools(pathVariable: string, systemFolders = usualFolders): Tools {
  const folders = [...pathVariable.split(delimiter), ...systemFolders];
  const names = Object.keys(packages) as Tool[];
  const found = names.map((name) => [name, findTool(name, folders)] as const);
  const missing = found.filter(([, path]) => path === undefined).map(([name]) => name);
  if (missing.length > 0) {
    const install = [...new Set(missing.map((name) => packages[name]))].join(' ');
    throw new DrydockError(
      'SIM_TOOL_MISSING',
      `could not find ${missing.join(', ')} on this machine; run: sudo apt-get install -y ${install}`,
      { details: { missing } },
    );
  }
  return Object.fromEntries(found) as Tools;
}

function findTool(name: string, folders: readonly string[]): string | undefined {
  return folders
    .filter((folder) => folder.startsWith('/'))
    .map((folder) => join(folder, name))
    .find((path) => {
      try {
        accessSync(path, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
}
