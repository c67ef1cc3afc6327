/**
 * The instances that `count` and `for_each` make of resources, data sources and modules, under Terraform's own
 * addresses. Where how many there are is not known before apply, that is carried as a cause and never guessed.
 */

import type { Block, JsonValue, ModuleCall, WrittenBlock } from './configuration.ts';
import { dataAttribute } from './data-sources.ts';
import type { Evaluation } from './evaluator.ts';
import { markNested } from './nested-blocks.ts';
import { type Cause, causeOf, isMistake } from './problems.ts';
import { providerOf } from './provider-of.ts';
import { elementsOf, repetitionsOf } from './repetitions.ts';
import { addressIn, type ModuleInstance, type Repeated, type Scope, suffixOf } from './scope.ts';
import { type Site, siteOf, siteOfStep, TerraformError } from './site.ts';
import type { LazyObject, Value } from './value.ts';

export type Expansion<Item> =
  | { readonly kind: 'single'; readonly item: Item }
  | { readonly kind: 'count'; readonly items: readonly Item[] }
  | { readonly kind: 'for_each'; readonly items: ReadonlyMap<string, Item> }
  | { readonly kind: 'unknown'; readonly cause: Cause };

export class Instances {
  /** Of locals, outputs and attributes of instances, by their full names. */
  readonly values = new Map<string, Value>();
  readonly #evaluation: Evaluation;
  readonly #blocks = new Map<string, Expansion<Block>>();
  readonly #calls = new Map<string, Expansion<ModuleInstance>>();
  readonly #elements = new Map<string, ReadonlyMap<string, Value>>();

  constructor(evaluation: Evaluation) {
    this.#evaluation = evaluation;
  }

  ofBlock(module: ModuleInstance, written: WrittenBlock, site: Site): Expansion<Block> {
    return this.#expand({ module, written, site, found: this.#blocks }, (scope, address) => ({
      ...written,
      address,
      scope,
      provider: providerOf(written, module),
    }));
  }

  ofCall(module: ModuleInstance, call: ModuleCall, site: Site): Expansion<ModuleInstance> {
    const called = call.module;
    if (called === undefined) throw new TypeError(`${call.address} has no module`);
    return this.#expand({ module, written: call, site, found: this.#calls }, (scope, address) => ({
      address,
      module: called,
      caller: { call, scope },
    }));
  }

  /** `each.value` in the instance of that key. */
  elementOf(repeated: Repeated, key: string, site: Site): Value {
    const step = { name: `${repeated.address}.for_each`, site };
    const elements = this.#evaluation.follow(this.#elements, step, () =>
      elementsOf(this.#evaluation, repeated),
    );
    return (
      elements.get(key) ?? { kind: 'unknown', reason: `for_each of ${repeated.address} has no "${key}" here` }
    );
  }

  /** What a reference to all of them gives: an object, a list or a map of objects. */
  valueOf<Item>(expansion: Expansion<Item>, objectOf: (item: Item) => Value): Value {
    switch (expansion.kind) {
      case 'single':
        return objectOf(expansion.item);
      case 'count':
        return expansion.items.map(objectOf);
      case 'for_each':
        return new Map([...expansion.items].map(([key, item]) => [key, objectOf(item)]));
      case 'unknown': {
        const { address, reason } = expansion.cause;
        return { kind: 'unknown', reason: `the instances of ${address} are not known: ${reason}` };
      }
    }
  }

  objectOf(block: Block, site: Site): LazyObject {
    return {
      kind: 'object',
      address: block.address,
      member: (name) => this.#attribute(block, name, site),
      names: () => Object.keys(block.body).sort(),
    };
  }

  /** What is written, or else a symbol for what only AWS knows. */
  #attribute(block: Block, name: string, site: Site): Value {
    const raw = Object.hasOwn(block.body, name) ? (block.body[name] ?? null) : null;
    const address = `${block.address}.${name}`;
    const written =
      raw === null
        ? null
        : this.#evaluation.follow(this.values, { name: address, site }, () =>
            this.#written(block, name, raw),
          );
    if (written !== null) return written;
    if (isDynamic(block, name))
      return { kind: 'unknown', reason: `${address} is written by a dynamic block` };
    // Its arguments may refer back to it through a local.
    return this.#evaluation.follow(this.values, { name: `${address} (read)`, site }, () =>
      this.#unwritten(block, name),
    );
  }

  #written(block: Block, name: string, raw: JsonValue): Value {
    const value = this.#evaluation.evaluate(raw, siteOfStep(siteOf(block), name));
    if (typeof raw === 'object') markNested(raw, value, `${block.address}.${name}`);
    return value;
  }

  #unwritten(block: Block, name: string): Value {
    const computed = this.#evaluation.computed?.(block.address, name);
    if (computed !== undefined) return computed;
    if (block.kind === 'data') return dataAttribute(this.#evaluation, block, name);
    return { kind: 'reference', address: block.address, attribute: name };
  }

  #expand<Item>(
    request: {
      readonly module: ModuleInstance;
      readonly written: Omit<Repeated, 'scope'>;
      readonly site: Site;
      readonly found: Map<string, Expansion<Item>>;
    },
    make: (scope: Scope, address: string) => Item,
  ): Expansion<Item> {
    const { module, written, site, found } = request;
    const address = addressIn(module, written.address);
    const itemOf = (scope: Scope) => make(scope, `${address}${suffixOf(scope.repetition)}`);
    return this.#evaluation.follow(found, { name: address, site }, (): Expansion<Item> => {
      const repeated = { ...written, address, scope: { module } };
      try {
        return mapped(repetitionsOf(this.#evaluation, repeated), (repetition) =>
          itemOf({ module, ...(repetition !== undefined && { repetition }) }),
        );
      } catch (error) {
        if (!(error instanceof TerraformError) || isMistake(error)) throw error;
        return { kind: 'unknown', cause: { ...causeOf(error), address } };
      }
    });
  }
}

function mapped<From, To>(expansion: Expansion<From>, make: (item: From) => To): Expansion<To> {
  switch (expansion.kind) {
    case 'single':
      return { kind: 'single', item: make(expansion.item) };
    case 'count':
      return { kind: 'count', items: expansion.items.map(make) };
    case 'for_each':
      return {
        kind: 'for_each',
        items: new Map([...expansion.items].map(([key, item]) => [key, make(item)])),
      };
    case 'unknown':
      return expansion;
  }
}

function isDynamic(block: Block, name: string): boolean {
  const { dynamic } = block.body;
  return typeof dynamic === 'object' && dynamic !== null && Object.hasOwn(dynamic, name);
}
