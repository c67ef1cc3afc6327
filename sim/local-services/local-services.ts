/** What the program of one VPC's local services is given: plain values, which pass as JSON. */

export interface LocalServices {
  readonly resolver: ResolverPlan;
  readonly metadata: MetadataPlan;
}

export interface ResolverPlan {
  /** Where it answers; none: the VPC has switched it off. */
  readonly addresses: readonly string[];
  readonly names: ResolverNames;
}

/** Names are in lower case and have no dot at the end. */
export interface ResolverNames {
  /** Addresses of either family by name. */
  readonly exact: Readonly<Record<string, readonly string[]>>;
  /** These names, and whatever is below them. */
  readonly below: Readonly<Record<string, readonly string[]>>;
  /** Names by name in `in-addr.arpa`. */
  readonly reverse: Readonly<Record<string, string>>;
  /** What is not named here does not exist below these. */
  readonly zones: readonly string[];
  /** Nor does a name for another address of these ranges. */
  readonly reverseRanges: readonly string[];
}

export interface MetadataPlan {
  readonly address: string;
  /** By the private address that asks. */
  readonly machines: Readonly<Record<string, MachineMetadata>>;
}

export interface MachineMetadata {
  readonly isEnabled: boolean;
  readonly requiresToken: boolean;
  /** Text by path below `meta-data/`: `placement/region`. */
  readonly values: Readonly<Record<string, string>>;
  readonly userData?: string;
}
