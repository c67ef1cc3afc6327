/** The synthesized configuration as a reader of JSON sees it: nothing of `infra` is asked what it meant. */

import { parseEnvironment } from '../../../infra/environment.ts';
import { environments } from '../../../infra/environments/index.ts';
import { synthesize } from '../../../infra/synthesize.ts';

export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };
export type Body = Readonly<Record<string, Json>>;
type Blocks = Readonly<Record<string, Readonly<Record<string, Body>>>>;

export interface Configuration {
  readonly terraform: { readonly required_providers: { readonly aws: { readonly version: string } } };
  readonly provider: Readonly<Record<string, readonly Body[]>>;
  readonly data: Blocks;
  readonly resource: Blocks;
}

export function devEnvironment() {
  const dev = environments.find(({ name }) => name === 'dev');
  if (dev === undefined) throw new Error('could not find the environment dev');
  return dev;
}

/** As `dev`, with TLS between nodes and engines. */
export function encryptedEnvironment() {
  return parseEnvironment({
    ...devEnvironment(),
    engineTls: {
      certificateSecret: 'drydock/dev/engine-certificate',
      authoritySecret: 'drydock/dev/engine-authority',
    },
  });
}

let devText: string | undefined;

/** A copy of its own for each call; the synthesis itself is pure, and done once a file. */
export function devConfiguration(): Configuration {
  devText ??= synthesize(devEnvironment());
  return readConfiguration(devText);
}

/** As many zones as the schema allows, for what must hold however an environment grows. */
export function sixZoneConfiguration(): Configuration {
  const zones = [...'abcdef'].map((letter, index) => ({
    name: `eu-west-1${letter}`,
    publicCidr: `10.0.${index}.0/24`,
    privateCidr: `10.0.${10 + index}.0/24`,
    engineAddress: `10.0.${10 + index}.10`,
  }));
  return readConfiguration(synthesize(parseEnvironment({ ...devEnvironment(), zones })));
}

export function readConfiguration(text: string): Configuration {
  return JSON.parse(text);
}

/** `[Terraform name, body]` of each resource of the type. */
export function resources({ resource }: Configuration, type: string): [string, Body][] {
  return Object.entries(resource[type] ?? {});
}

export function resource(configuration: Configuration, address: string): Body {
  const [type = '', name = ''] = address.split('.');
  const body = configuration.resource[type]?.[name];
  if (body === undefined) throw new Error(`could not find ${address}`);
  return body;
}

/** `${aws_subnet.public_a.id}` of `aws_subnet.public_a.id`. */
export function expression(path: string): string {
  return `\${${path}}`;
}

/** `aws_subnet.public_a` of `${aws_subnet.public_a.id}`. */
export function referenced(value: Json | undefined): string {
  const match = /^\$\{(\w+\.\w+)\.\w+\}$/.exec(String(value));
  if (match?.[1] === undefined) throw new Error(`could not read a reference in ${JSON.stringify(value)}`);
  return match[1];
}

/** A CIDR, written out or by reference to a subnet or the VPC. */
export function cidrOf(configuration: Configuration, value: Json | undefined): string {
  const text = String(value);
  return text.startsWith('${') ? String(resource(configuration, referenced(text)).cidr_block) : text;
}
