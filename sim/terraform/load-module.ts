/**
 * A directory of Terraform and the local modules that it calls, read from disk. A file with mistakes does not keep the
 * others from being read, so that all mistakes can be told at once.
 */

import { join, resolve } from 'node:path';
import type { Module, ModuleCall } from './configuration.ts';
import { type InstalledModules, installedModules, isModuleOf, MANIFEST } from './installed-modules.ts';
import { type ModuleFileNames, moduleFilesIn, readText } from './module-files.ts';
import { type ParsedFile, parseFile } from './parse-file.ts';
import { parseModule } from './parse-module.ts';
import type { Problems } from './problems.ts';
import { invalid, siteOf, siteOfStep, TerraformError, unsupported } from './site.ts';

export interface ModuleLocation {
  /** As the caller named it. */
  readonly directory: string;
  /** From the root module: `.`, `modules/network`. */
  readonly path: string;
}

type ModuleFilePaths = Pick<ModuleFileNames, 'files' | 'overrides'>;

/** Modules in modules; Terraform itself sets no bound, and nobody nests that deep on purpose. */
const DEPTH_MAX = 32;

export async function loadModule(
  location: ModuleLocation,
  files: ModuleFilePaths,
  problems: Problems,
): Promise<Module> {
  const installed = problems.attempt(() => installedModules(location.directory));
  const loader = new Loader(problems, {
    root: location,
    installed: installed.kind === 'known' ? installed.value : new Map(),
  });
  return loader.load(location, files, { directories: [], key: '' });
}

/** The calls that lead to a module. */
interface Chain {
  /** Absolute, from the root module on. */
  readonly directories: readonly string[];
  /** Their names: `network.vpc`. */
  readonly key: string;
}

interface Installation {
  readonly root: ModuleLocation;
  readonly installed: InstalledModules;
}

class Loader {
  readonly #problems: Problems;
  readonly #installation: Installation;
  /** A module that is called twice is read once, but for those in which each call has installed modules of its own. */
  readonly #loaded = new Map<string, Module>();

  constructor(problems: Problems, installation: Installation) {
    this.#problems = problems;
    this.#installation = installation;
  }

  async load(location: ModuleLocation, paths: ModuleFilePaths, above: Chain): Promise<Module> {
    const unread: string[] = [];
    const parsed: { readonly files: ParsedFile[]; readonly overrides: ParsedFile[] } = {
      files: [],
      overrides: [],
    };
    for (const kind of ['files', 'overrides'] as const) {
      for (const path of paths[kind]) {
        const file = await this.#parse(path, unread);
        if (file !== undefined) parsed[kind].push(file);
      }
    }
    const module = parseModule({ ...location, ...parsed, unreadText: unread.join('\n') }, this.#problems);
    const directories = [...above.directories, resolve(location.directory)];
    const calls = new Map<string, ModuleCall>();
    for (const [address, call] of module.calls) {
      const chain = { directories, key: [above.key, call.name].filter((name) => name !== '').join('.') };
      const called = await this.#attempt(() => this.#called(call, module, chain));
      calls.set(address, called === undefined ? call : { ...call, module: called });
    }
    return { ...module, calls };
  }

  async #parse(path: string, unread: string[]): Promise<ParsedFile | undefined> {
    return this.#attempt(async () => {
      const file = readText(path);
      try {
        return await parseFile(file, this.#problems);
      } catch (error) {
        unread.push(file.text);
        throw error;
      }
    });
  }

  async #called(call: ModuleCall, caller: Module, chain: Chain): Promise<Module> {
    const location = this.#locationOf(call, caller, chain);
    const { directories, key } = chain;
    const absolute = resolve(location.directory);
    if (directories.includes(absolute) || directories.length > DEPTH_MAX) {
      const site = siteOfStep(siteOf(call), 'source');
      throw invalid(site, { reason: 'the module calls itself', nextStep: 'break the cycle' });
    }
    const name = this.#installation.installed.size === 0 ? absolute : `${absolute} ${key}`;
    const before = this.#loaded.get(name);
    if (before !== undefined) return before;
    const module = await this.load(location, filesOfCall(call, location.directory), chain);
    this.#loaded.set(name, module);
    return module;
  }

  #locationOf(call: ModuleCall, caller: Module, { key }: Chain): ModuleLocation {
    const site = siteOfStep(siteOf(call), 'source');
    const { source } = call.body;
    if (typeof source !== 'string') {
      throw invalid(site, { reason: 'it is missing', nextStep: 'name a local directory' });
    }
    if (/^\.\.?(\/|$)/.test(source)) {
      return { directory: join(caller.directory, source), path: join(caller.path, source) };
    }
    const { installed, root } = this.#installation;
    const module = installed.get(key);
    if (module !== undefined && isModuleOf(module, source)) {
      return { directory: join(root.directory, module.directory), path: module.directory };
    }
    const reason =
      module === undefined
        ? 'the module is not local (./… or ../…), and modules are not fetched here'
        : `the module in ${MANIFEST} is another one (${module.source})`;
    const nextStep = `run terraform init, so that it lies beside the configuration`;
    throw unsupported(site, { reason, nextStep });
  }

  async #attempt<Result>(run: () => Promise<Result>): Promise<Result | undefined> {
    try {
      return await run();
    } catch (error) {
      if (!(error instanceof TerraformError)) throw error;
      this.#problems.add(error);
      return undefined;
    }
  }
}

/** What is wrong with the directory is told where it is called. */
function filesOfCall(call: ModuleCall, directory: string): ModuleFilePaths {
  try {
    return moduleFilesIn(directory);
  } catch (error) {
    if (!(error instanceof TerraformError)) throw error;
    const reason = `${directory}: ${String(error.details.reason)}`;
    throw invalid(siteOfStep(siteOf(call), 'source'), { reason, nextStep: 'correct the path' });
  }
}
