/**
 * A Terraform configuration: what is written, module by module, and the instances of resources that it stands for.
 * Expressions are not yet evaluated. Every part remembers its file and its place in it.
 */

import type { Evaluation } from './evaluator.ts';
import type { Positions } from './positions.ts';
import type { Cause, Problems } from './problems.ts';
import type { Scope } from './scope.ts';

export type JsonValue = null | boolean | number | string | readonly JsonValue[] | JsonObject;
export interface JsonObject {
  readonly [name: string]: JsonValue;
}

export interface SourceFile {
  /** As the caller named it, so that a person can open it from where they stand. */
  readonly path: string;
  readonly positions: Positions;
  readonly syntax: 'hcl' | 'json';
  /** Where what an override file replaced stands; undefined: here. */
  readonly placeOf?: (path: readonly (string | number)[]) => { readonly file: string; readonly line: number };
}

interface Written {
  readonly address: string;
  readonly source: SourceFile;
  readonly path: readonly (string | number)[];
  readonly body: JsonObject;
}

/** A `resource` or `data` block as it is written, `count` and `for_each` included. */
export interface WrittenBlock extends Written {
  readonly kind: 'resource' | 'data';
  /** Within its module: `aws_vpc.main`, `data.aws_region.current`. */
  readonly address: string;
  readonly type: string;
  readonly name: string;
}

/** One instance of a `resource` or `data` block. */
export interface Block extends WrittenBlock {
  /** Terraform's own: `module.api["dev"].aws_instance.this[0]`. */
  readonly address: string;
  readonly scope: Scope;
  /** The provider configuration of the root module that it uses, `aws` or `aws.west`. */
  readonly provider: string;
}

/** A local or an output. */
export interface NamedValue {
  readonly address: string;
  readonly source: SourceFile;
  readonly path: readonly (string | number)[];
  readonly value: JsonValue;
}

/** `var.x`. */
export type InputVariable = Written;

export interface ModuleCall extends Written {
  readonly name: string;
  /** Absent where it could not be read, which is already a problem. */
  readonly module?: Module;
}

export interface ProviderBlock extends Written {
  /** The provider's local name, `aws`. */
  readonly name: string;
  readonly alias?: string;
  /** `provider.aws`, for messages. */
  readonly address: string;
  readonly scope?: Scope;
}

/** The files of one directory, read together. */
export interface Module {
  /** As the caller named it. */
  readonly directory: string;
  /** `path.module`: `.`, `modules/network`. */
  readonly path: string;
  readonly resources: ReadonlyMap<string, WrittenBlock>;
  readonly dataSources: ReadonlyMap<string, WrittenBlock>;
  readonly locals: ReadonlyMap<string, NamedValue>;
  readonly variables: ReadonlyMap<string, InputVariable>;
  readonly outputs: ReadonlyMap<string, NamedValue>;
  readonly calls: ReadonlyMap<string, ModuleCall>;
  readonly providers: readonly ProviderBlock[];
  /** Text of files with mistakes: what they mention may be declared there. */
  readonly unreadText: string;
}

/** A block whose instances are not known before apply. */
export interface Unexpanded {
  /** Without the index that is not known: `module.net.aws_subnet.private`. */
  readonly address: string;
  readonly kind: Block['kind'];
  readonly type: string;
  readonly cause: Cause;
  readonly place: { readonly file: string; readonly line: number };
}

export interface TerraformConfiguration {
  /** File or directory as given. */
  readonly path: string;
  /** Instances, of all modules, by their address. */
  readonly resources: ReadonlyMap<string, Block>;
  readonly dataSources: ReadonlyMap<string, Block>;
  readonly unexpanded: readonly Unexpanded[];
  /** Of the root module, by `local.x` and `var.x`. */
  readonly locals: ReadonlyMap<string, NamedValue>;
  readonly variables: ReadonlyMap<string, InputVariable>;
  /** Of the root module, and those that a module brings along. */
  readonly providers: readonly ProviderBlock[];
  readonly evaluation: Evaluation;
  /** Found while reading, and to be told together with those that are found while building on it. */
  readonly mistakes: Problems;
}
