/**
 * Which resource's attribute an unknown value is. It is told only where nothing else is possible: where the expression
 * mentions a single unknown thing that may stand in the field, or several in a list that needs every one of them.
 * Everything else stays unknown, and the reason names what it may be.
 */

import type { JsonValue } from '../configuration.ts';
import type { Reference, Symbolic, Unknown, Value } from '../value.ts';
import { canBeIdentity, fieldOf, kindOf, ownKindOf } from './identities.ts';
import { member } from './json.ts';
import { expressionsOf, type PlannedInstance } from './planned-modules.ts';
import {
  holdsUnknown,
  isUnknownAt,
  placeOfInstance,
  SourceIndex,
  type Sources,
  type UnknownSource,
} from './sources.ts';

export interface ListPosition {
  readonly index: number;
  readonly count: number;
}

export interface Resolver {
  readonly sources: SourceIndex;
  /** @param field name of the attribute that holds the value; @param index among `count` unknown values of a list. */
  resolve(sources: Sources, field: string, list?: ListPosition): Symbolic;
  /**
   * A list or set of which not even the length is known, as the provider plans every set with an unknown member.
   * @param type of the resource that it is written in.
   */
  resolveList(sources: Sources, field: string, type: string): Value;
}

export function createResolver(instances: readonly PlannedInstance[]): Resolver {
  return new UnknownResolver(instances);
}

/** Lets interfaces carry groups of another VPC. */
const SHARING = ['aws_vpc_security_group_vpc_association'];
/** Let rules name groups of another VPC. */
const CONNECTIONS = [
  ...SHARING,
  'aws_vpc_peering_connection',
  'aws_vpc_peering_connection_accepter',
  'aws_ec2_transit_gateway_vpc_attachment',
];

/** A source with the attribute that it is taken for; without one it cannot be told. */
interface Candidate {
  readonly symbol: Symbolic;
  readonly address: string;
}

/** Of a value by itself, and of the members of a list of as many. */
interface Resolution {
  readonly single: Symbolic;
  readonly each: readonly Symbolic[];
}

class UnknownResolver implements Resolver {
  readonly sources = new SourceIndex();
  readonly #resolved = new WeakMap<Sources, Map<string, Resolution>>();
  readonly #followed = new Map<string, Symbolic>();
  readonly #instances: ReadonlyMap<string, PlannedInstance>;
  readonly #types: ReadonlySet<string>;

  constructor(instances: readonly PlannedInstance[]) {
    this.#instances = new Map(instances.map((instance) => [instance.address, instance]));
    this.#types = new Set(instances.map(({ type }) => type));
  }

  resolve(sources: Sources, field: string, list?: ListPosition): Symbolic {
    const byField = this.#resolved.get(sources) ?? new Map<string, Resolution>();
    this.#resolved.set(sources, byField);
    const resolution = byField.get(field) ?? this.#resolve(sources, field);
    byField.set(field, resolution);
    const { single, each } = resolution;
    return (list?.count === each.length ? each[list.index] : undefined) ?? single;
  }

  #resolve(sources: Sources, field: string): Resolution {
    const { opaque, known } = sources;
    const only = (single: Symbolic): Resolution => ({ single, each: [] });
    if (opaque[0] !== undefined) return only(unknown(`the plan does not say what ${opaque[0]} holds`));
    if (known.length === 0) {
      return only(unknown('it is known only after apply, and the plan does not say from what'));
    }
    const all = known.flatMap((source) => this.#candidates(source, field));
    const candidates = distinct(all);
    const [first] = candidates;
    if (first === undefined) return only(unknown(dependsOn(known)));
    if (candidates.length === 1) return only(first.symbol);
    const single = unknown(whichOf(candidates, sources.selectors));
    const hasEach =
      isOneEach(sources, field) && all.length === candidates.length && all.length === known.length;
    return { single, each: hasEach ? candidates.map(({ symbol }) => symbol) : [] };
  }

  resolveList(sources: Sources, field: string, type: string): Value {
    const only = this.resolve(sources, field);
    if (only.kind === 'unknown') return only;
    if (this.#isClosed(only, type)) return [only];
    return [only, unknown(`the plan does not show what else stands beside ${only.address}`)];
  }

  /**
   * No literal id can stand in the list with it: what belongs to a VPC that is only made by this apply has no id yet. A
   * rule may name a group of a VPC that it is connected with.
   */
  #isClosed({ address }: Reference, type: string): boolean {
    const instance = this.#instances.get(address);
    if (instance === undefined || !isUnknownAt(instance, 'id')) return false;
    if (!Object.hasOwn(expressionsOf(instance), 'vpc_id')) return false;
    const vpc = this.#follow(instance, 'vpc_id');
    const made = vpc.kind === 'reference' ? this.#instances.get(vpc.address) : undefined;
    if (made?.type !== 'aws_vpc' || !isUnknownAt(made, 'id')) return false;
    const connections = type.endsWith('security_group') ? CONNECTIONS : SHARING;
    return !connections.some((connection) => this.#types.has(connection));
  }

  /** What of the source may stand in a field of the kind. */
  #candidates({ instance, attribute }: UnknownSource, field: string): readonly Candidate[] {
    const { address, type } = instance;
    const wanted = fieldOf(field)?.kind;
    if (attribute !== undefined) {
      const kind = kindOf(type, attribute);
      if (wanted !== undefined && kind !== undefined && kind !== wanted) return [];
      return [this.#candidate(instance, attribute, field)];
    }
    if (wanted === undefined || ownKindOf(type) === undefined) {
      return [{ address, symbol: unknown(`the plan does not say which attribute of ${address} it is`) }];
    }
    if (ownKindOf(type) === wanted) return [this.#candidate(instance, 'id', field)];
    return Object.keys(asObject(instance.unknown))
      .filter((name) => holdsUnknown(member(instance.unknown, name)) && kindOf(type, name) === wanted)
      .map((name) => this.#candidate(instance, name, field));
  }

  #candidate(instance: PlannedInstance, attribute: string, field: string): Candidate {
    const { address, type } = instance;
    const symbol = canBeIdentity(field, type, attribute)
      ? this.#follow(instance, attribute)
      : unknown(`it depends on ${address}.${attribute}, which is known only after apply`);
    return { address: `${address}.${attribute}`, symbol };
  }

  /** `aws_subnet.a.vpc_id` is what stands in it; what nobody writes is the attribute itself. */
  #follow(instance: PlannedInstance, attribute: string): Symbolic {
    const name = `${instance.address}.${attribute}`;
    const before = this.#followed.get(name);
    if (before !== undefined) return before;
    this.#followed.set(name, unknown(`${name} depends on itself`));
    const expression = member(expressionsOf(instance), attribute);
    const symbol: Symbolic =
      expression === undefined
        ? { kind: 'reference', address: instance.address, attribute }
        : this.#followWritten(instance, attribute, expression);
    this.#followed.set(name, symbol);
    return symbol;
  }

  #followWritten(instance: PlannedInstance, attribute: string, expression: JsonValue): Symbolic {
    if (member(instance.unknown, attribute) !== true || fieldOf(attribute)?.isList) {
      return unknown(`${instance.address}.${attribute} is known only after apply`);
    }
    return this.resolve(this.sources.of(expression, placeOfInstance(instance)), attribute);
  }
}

/**
 * Each source is mentioned once and by itself, and nothing could choose among them: a list with as many unknown members
 * holds every one.
 */
function isOneEach({ selectors, isPlain, known }: Sources, field: string): boolean {
  return (
    fieldOf(field)?.isList === true &&
    isPlain &&
    selectors.length === 0 &&
    known.every(({ attribute }) => attribute !== undefined)
  );
}

function distinct(candidates: readonly Candidate[]): readonly Candidate[] {
  const found = new Map<string, Candidate>();
  for (const candidate of candidates) {
    const { symbol, address } = candidate;
    const key = symbol.kind === 'reference' ? `${symbol.address} ${symbol.attribute}` : `? ${address}`;
    if (!found.has(key)) found.set(key, candidate);
  }
  return [...found.values()];
}

const NAMED_MAX = 4;

function whichOf(candidates: readonly Candidate[], selectors: readonly string[]): string {
  const names = [...new Set(candidates.map(nameOf))];
  const more = names.length > NAMED_MAX ? ` and ${names.length - NAMED_MAX} more` : '';
  const shown = names.slice(0, NAMED_MAX);
  const last = more === '' && shown.length > 1 ? ` and ${shown.pop()}` : '';
  const chooser = [...new Set(selectors)].slice(0, NAMED_MAX).join(' and ');
  const verb = chooser === '' ? 'it is' : `${chooser} picks`;
  return `the plan does not say which of ${shown.join(', ')}${last}${more} ${verb}`;
}

function nameOf({ symbol, address }: Candidate): string {
  return symbol.kind === 'reference' ? referenceText(symbol) : address;
}

function referenceText({ address, attribute }: Reference): string {
  return attribute === 'id' ? address : `${address}.${attribute}`;
}

function dependsOn(sources: readonly UnknownSource[]): string {
  const [first] = sources;
  const { instance, attribute } = first ?? {};
  const text = `${instance?.address}${attribute === undefined ? '' : `.${attribute}`}`;
  return `it depends on ${text}, which is known only after apply`;
}

export function unknown(reason: string): Unknown {
  return { kind: 'unknown', reason };
}

function asObject(value: JsonValue): object {
  return typeof value === 'object' && value !== null ? value : {};
}
