/** A network interface before it has an id and addresses. */

import type { Site } from '../../terraform/index.ts';
import type { EndpointKind, Place, UnknownCause } from '../model.ts';
import type { EndpointSubnet } from './endpoint-input.ts';

/** An address that the configuration fixes. */
export interface Written {
  readonly value: string;
  readonly site: Site;
}

/** Whether it has a public address; where that is not known, the cause. */
export interface PublicChoice {
  readonly isPublic: boolean;
  readonly cause?: UnknownCause;
}

export interface InterfacePlan {
  /** Of the resource that has it. */
  readonly address: string;
  readonly endpoint: string;
  readonly kind: EndpointKind;
  readonly place?: Place;
  /** Its id is this and a number. Any text. */
  readonly name: string;
  readonly subnet: EndpointSubnet;
  readonly securityGroups: readonly string[];
  /** It may have other groups. */
  readonly groupsCause?: UnknownCause;
  readonly publicChoice: PublicChoice;
  readonly fixedAddress?: Written;
  /** Absent: it has none. Without a value AWS chooses. */
  readonly ipv6?: { readonly fixed?: Written; readonly site: Site };
  /** Terraform addresses that mean this interface where an elastic address or a group is given to it. */
  readonly holders: readonly string[];
  readonly machine?: {
    readonly tags: ReadonlyMap<string, string>;
    readonly userData?: string;
  };
}
