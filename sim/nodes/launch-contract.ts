/** Reads a machine's program and environment from its tag and user data, as docs/launch-contract.md has it, and refuses anything else. */
import { parseDocument } from 'yaml';
import { z } from 'zod';
import { DrydockError } from '../errors.ts';
import type { Instance } from '../vpc/model.ts';
import { parseUnit, type RestartPolicy, restartUnwritten } from './systemd-unit.ts';

export const programSchema = z.enum(['gateway', 'engine', 'worker']);
export type Program = z.infer<typeof programSchema>;

export interface LaunchedNode {
  readonly id: string;
  readonly program: Program;
  readonly availabilityZone: string;
  /** Exactly what /etc/drydock/node.env holds. */
  readonly environment: Readonly<Record<string, string>>;
  /** What becomes of the program when it ends. */
  readonly restart: RestartPolicy;
  /** Of the proxy that ends TLS beside it, HAProxy's own. Absent: there is none. */
  readonly proxyConfiguration?: string;
}

const programTag = 'drydock:program';
const environmentPath = '/etc/drydock/node.env';
const proxyConfigurationPath = '/etc/drydock/haproxy.cfg';
const unitPath = '/etc/systemd/system/drydock.service';
const valueCharactersMax = 8_192;
const cloudConfigSchema = z.looseObject({
  write_files: z.array(z.looseObject({ path: z.string(), content: z.string() })).optional(),
});

/**
 * @returns undefined for a machine without the tag: it is an interface without a program.
 * @throws DrydockError SIM_LAUNCH_CONTRACT_BROKEN naming address and field.
 */
export function parseLaunch(instance: Instance): LaunchedNode | undefined {
  const tag = instance.tags[programTag];
  if (tag === undefined) return undefined;
  const program = programSchema.safeParse(tag);
  if (!program.success) {
    throw broken(
      instance,
      `tag ${programTag}`,
      `"${tag}" is no program; use ${programSchema.options.join(', ')}`,
    );
  }
  const files = writtenFiles(instance);
  return {
    id: instance.id,
    program: program.data,
    availabilityZone: instance.availabilityZone,
    environment: parseEnvironment(instance, environmentFile(instance, files)),
    restart: restartPolicy(instance, files),
    ...proxyOf(instance, files),
  };
}

type WrittenFiles = readonly { readonly path: string; readonly content: string }[];

function writtenFiles(instance: Instance): WrittenFiles {
  const { userData } = instance;
  if (userData === undefined)
    throw broken(instance, 'user data', 'there is none; it must write /etc/drydock/node.env');
  if (!userData.startsWith('#cloud-config')) {
    throw broken(instance, 'user data', 'it does not begin with #cloud-config');
  }
  const document = parseDocument(userData, { logLevel: 'silent' });
  const [problem] = document.errors;
  if (problem) throw broken(instance, 'user data', `it is not YAML: ${problem.message.split('\n')[0]}`);
  const config = cloudConfigSchema.safeParse(toValue(instance, document));
  return config.success ? (config.data.write_files ?? []) : [];
}

function environmentFile(instance: Instance, files: WrittenFiles): string {
  const [file, ...others] = files.filter(({ path }) => path === environmentPath);
  if (file === undefined || others.length > 0) {
    throw broken(instance, 'user data', `write_files must have exactly one entry for ${environmentPath}`);
  }
  return file.content;
}

function restartPolicy(instance: Instance, files: WrittenFiles): RestartPolicy {
  const unit = files.findLast(({ path }) => path === unitPath);
  if (unit === undefined) return restartUnwritten;
  const parsed = parseUnit(unit.content);
  if ('reason' in parsed) throw broken(instance, `${unitPath} ${parsed.field}`, parsed.reason);
  return parsed;
}

function proxyOf(instance: Instance, files: WrittenFiles): Pick<LaunchedNode, 'proxyConfiguration'> {
  const [file, ...others] = files.filter(({ path }) => path === proxyConfigurationPath);
  if (others.length > 0)
    throw broken(instance, 'user data', `write_files has ${proxyConfigurationPath} more than once`);
  return file === undefined ? {} : { proxyConfiguration: file.content };
}

function toValue(instance: Instance, document: ReturnType<typeof parseDocument>): unknown {
  try {
    return document.toJS({ maxAliasCount: 10 });
  } catch {
    throw broken(instance, 'user data', 'it is YAML with too many aliases');
  }
}

function parseEnvironment(instance: Instance, text: string): Readonly<Record<string, string>> {
  const environment: Record<string, string> = {};
  for (const [index, line] of text.split('\n').entries()) {
    if (line.trim() === '' || line.startsWith('#')) continue;
    const [, key, value] = /^([A-Z][A-Z0-9_]*)=(.*)$/.exec(line) ?? [];
    // The line itself may hold a secret that does not belong there, so it is not repeated.
    if (key === undefined || value === undefined) {
      throw broken(instance, `${environmentPath} line ${index + 1}`, 'it is not KEY=VALUE');
    }
    // LD_PRELOAD or NODE_OPTIONS would run before the program, and change what it is.
    if (!key.startsWith('DRYDOCK_')) {
      throw broken(
        instance,
        `${environmentPath} line ${index + 1}`,
        `${key} is not one of ours; names begin with DRYDOCK_`,
      );
    }
    if (value.includes('\0') || value.length > valueCharactersMax) {
      throw broken(
        instance,
        `${environmentPath} line ${index + 1}`,
        `the value of ${key} is too long or no text`,
      );
    }
    if (key in environment)
      throw broken(instance, `${environmentPath} line ${index + 1}`, `${key} is set twice`);
    environment[key] = value;
  }
  return environment;
}

function broken(instance: Instance, field: string, reason: string): DrydockError {
  return new DrydockError(
    'SIM_LAUNCH_CONTRACT_BROKEN',
    `could not launch ${instance.address}: ${field}: ${reason}; see docs/launch-contract.md`,
    { details: { address: instance.address, field } },
  );
}
