/** What names mean at a place: in which instance of which module it stands, and in which repetition of its block. */

import type { JsonObject, Module, ModuleCall, SourceFile } from './configuration.ts';
import type { Value } from './value.ts';

export type Repetition =
  | { readonly kind: 'count'; readonly index: number }
  /** `each.value` is the element of that key in the block's `for_each`, evaluated where it is asked for. */
  | { readonly kind: 'for_each'; readonly key: string; readonly of: Repeated };

/** A block with `count` or `for_each`, in the scope in which these are evaluated. */
export interface Repeated {
  readonly address: string;
  readonly source: SourceFile;
  readonly path: readonly (string | number)[];
  readonly body: JsonObject;
  readonly scope: Scope;
}

export interface ModuleInstance {
  /** Empty for the root module, else `module.api["dev"]`. */
  readonly address: string;
  readonly module: Module;
  /** Absent: the root module. */
  readonly caller?: { readonly call: ModuleCall; readonly scope: Scope };
}

export interface Scope {
  readonly module: ModuleInstance;
  readonly repetition?: Repetition;
  /** Of the dynamic blocks around it, by name: maps with `key` and `value`. */
  readonly iterators?: ReadonlyMap<string, Value>;
  /** Names mean nothing here: a value given from outside. */
  readonly isConstant?: boolean;
}

/** `aws_vpc.main` in `module.net` is `module.net.aws_vpc.main`. */
export function addressIn(module: ModuleInstance, address: string): string {
  return module.address === '' ? address : `${module.address}.${address}`;
}

/** `[0]`, `["key"]`, or nothing, as Terraform writes it. */
export function suffixOf(repetition: Repetition | undefined): string {
  if (repetition === undefined) return '';
  return repetition.kind === 'count' ? `[${repetition.index}]` : `[${quoted(repetition.key)}]`;
}

const ESCAPES: Readonly<Record<string, string>> = {
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '"': '\\"',
  '\\': '\\\\',
  '${': '$${',
  '%{': '%%{',
};

function quoted(key: string): string {
  return `"${key.replaceAll(/[\n\r\t"\\]|[$%]\{/g, (found) => ESCAPES[found] ?? found)}"`;
}
