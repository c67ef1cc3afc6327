/**
 * Compares what npm says it installed with the lockfile. Pure. It trusts npm's own record, `node_modules/.package-lock.json`,
 * which npm writes as the last act of an installation: an interrupted one leaves none. Packages that the lockfile does not
 * name are ignored.
 */

/**
 * Paths, as the lockfile has them, of packages absent or of another version.
 * Optional ones may be absent: most are binaries for other systems.
 * @param locked    `packages` of package-lock.json
 * @param installed `packages` of npm's record, or undefined without one
 */
export function comparePackages(locked, installed) {
  const missing = { runtime: [], development: [] };
  for (const [path, wanted] of Object.entries(locked)) {
    const found = installed?.[path];
    const isSame = found?.version === wanted.version && found?.integrity === wanted.integrity;
    const isDispensable = found === undefined && (wanted.optional === true || wanted.devOptional === true);
    if (path === '' || isSame || isDispensable) {
      continue;
    }
    (wanted.dev === true ? missing.development : missing.runtime).push(path);
  }
  return missing;
}

/** The cheapest npm command that brings `missing` in, or undefined when nothing is. */
export function planInstallation(missing, { withDevelopment }) {
  if (missing.runtime.length > 0) {
    return ['ci', withDevelopment ? '--include=dev' : '--omit=dev'];
  }
  if (withDevelopment && missing.development.length > 0) {
    // `npm ci` would first delete the packages that a running deployment stands on.
    return ['install', '--include=dev', '--no-save'];
  }
  return undefined;
}

/** What `plan` certainly brings, to count progress by. */
export function requiredPaths(locked, plan) {
  const withDevelopment = plan.includes('--include=dev');
  return Object.entries(locked)
    .filter(
      ([path, { optional, devOptional, dev }]) =>
        path !== '' && !optional && !devOptional && (withDevelopment || !dev),
    )
    .map(([path]) => path);
}

const offlineCodes =
  /\b(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|ERR_SOCKET_TIMEOUT)\b/;

/** What went wrong, out of npm's many lines. */
export function explainNpmFailure(output) {
  const code = offlineCodes.exec(output)?.[1];
  if (code !== undefined) {
    return `the npm registry cannot be reached (${code}); check the network or the proxy and run this again`;
  }
  const lines = [...output.matchAll(/^npm (?:error|ERR!) (.+)$/gm)].map(([, line]) => line.trim());
  const reason = lines.find((line) => !/^(code|errno|syscall|path|command|A complete log)\b/.test(line));
  return `npm said "${reason ?? 'nothing'}"; see the log`;
}
