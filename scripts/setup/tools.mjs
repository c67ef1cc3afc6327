/** Which system programs the simulator calls and which Debian package brings each. Pure, but for the lookup it is given. */

const packageOfProgram = {
  ip: 'iproute2',
  nft: 'nftables',
  unshare: 'util-linux',
  mount: 'mount',
  setpriv: 'util-linux',
  flock: 'util-linux',
};

/** An ordinary user's PATH lacks these, and `nft` lives in one. */
const systemDirectories = ['/usr/sbin', '/sbin', '/usr/local/sbin'];

/** Where programs are looked for, given the PATH. */
export function searchDirectories(path) {
  return [...new Set([...path.split(':').filter((directory) => directory !== ''), ...systemDirectories])];
}

/**
 * @param isProgram `(file) => boolean`
 * @returns `{ programs, packages }` that are missing, each sorted, packages without repeats
 */
export function missingTools({ path, isProgram }) {
  const directories = searchDirectories(path);
  const programs = Object.keys(packageOfProgram)
    .filter((program) => !directories.some((directory) => isProgram(`${directory}/${program}`)))
    .sort();
  return { programs, packages: [...new Set(programs.map((program) => packageOfProgram[program]))].sort() };
}

/** The one command that an ordinary user has to run. `hasLists`: apt knows of packages already. */
export function aptCommand(packages, { hasLists }) {
  const install = `sudo apt-get install -y --no-install-recommends ${packages.join(' ')}`;
  return hasLists ? install : `sudo apt-get update && ${install}`;
}
