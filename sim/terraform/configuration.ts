/**
 * A Terraform configuration as it was written: blocks by address, expressions not yet evaluated. Every part
 * remembers its file and its place in it. Other syntaxes (HCL, plans) are meant to be read into the same shape.
 */

import type { JsonPositions } from './json-positions.ts';

export type JsonValue = null | boolean | number | string | readonly JsonValue[] | JsonObject;
export interface JsonObject {
  readonly [name: string]: JsonValue;
}

export interface SourceFile {
  /** As the caller named it, so that a person can open it from where they stand. */
  readonly path: string;
  readonly positions: JsonPositions;
}

/** A `resource` or `data` block. */
export interface Block {
  readonly kind: 'resource' | 'data';
  /** `aws_vpc.main`, `data.aws_region.current`. */
  readonly address: string;
  readonly type: string;
  readonly name: string;
  readonly source: SourceFile;
  readonly path: readonly (string | number)[];
  readonly body: JsonObject;
}

/** A named value: a local, or a variable's default. */
export interface NamedValue {
  readonly address: string;
  readonly source: SourceFile;
  readonly path: readonly (string | number)[];
  /** Absent: a variable without default. */
  readonly value?: JsonValue;
}

export interface ProviderBlock {
  /** The provider's local name, `aws`. */
  readonly name: string;
  readonly alias?: string;
  /** `provider.aws`, for messages. */
  readonly address: string;
  readonly source: SourceFile;
  readonly path: readonly (string | number)[];
  readonly body: JsonObject;
}

export interface TerraformConfiguration {
  /** File or directory as given. */
  readonly path: string;
  readonly resources: ReadonlyMap<string, Block>;
  readonly dataSources: ReadonlyMap<string, Block>;
  readonly locals: ReadonlyMap<string, NamedValue>;
  readonly variables: ReadonlyMap<string, NamedValue>;
  readonly providers: readonly ProviderBlock[];
}
