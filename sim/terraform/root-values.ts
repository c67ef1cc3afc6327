/** What the first name of a reference stands for: `var`, `local`, `each`, `module`, `data`, `aws_vpc`, … */

import type { Module } from './configuration.ts';
import type { Evaluation } from './evaluator.ts';
import { addressIn, type ModuleInstance, type Scope } from './scope.ts';
import { invalid, type Site, siteOf, type TerraformError, unresolved } from './site.ts';
import type { LazyObject, Value } from './value.ts';

export function rootValue(evaluation: Evaluation, name: string, site: Site): Value {
  const scope = site.scope ?? { module: evaluation.root };
  const iterator = scope.iterators?.get(name);
  if (iterator !== undefined) return iterator;
  if (scope.isConstant) {
    const reason = `a constant cannot refer to "${name}"`;
    throw invalid(site, { reason, nextStep: 'write the value out' });
  }
  const root = Object.hasOwn(ROOTS, name) ? ROOTS[name] : undefined;
  const reference: Referring = { evaluation, scope, site };
  return root === undefined ? typeNamespace(reference, 'resource', name) : root(reference);
}

interface Referring {
  readonly evaluation: Evaluation;
  readonly scope: Scope;
  readonly site: Site;
}

const ROOTS: Readonly<Record<string, (reference: Referring) => Value>> = {
  var: ({ evaluation, scope, site }) =>
    namespace('var', (name) => evaluation.variable(scope.module, name, site)),
  local: (reference) => namespace('local', (name) => localValue(reference, name)),
  module: (reference) => namespace('module', (name) => moduleValue(reference, name)),
  resource: (reference) => namespace('resource', (type) => typeNamespace(reference, 'resource', type)),
  data: (reference) => namespace('data', (type) => typeNamespace(reference, 'data', type)),
  each: eachValue,
  count: countValue,
  path: pathValue,
  terraform: ({ site }) =>
    fixed('terraform', { workspace: 'default' }, (name) => missing(`terraform.${name}`, site)),
  self: ({ site }) => {
    throw unresolved(site, { reason: '"self" is not read', nextStep: 'name the resource' });
  },
  ephemeral: () => ({ kind: 'unknown', reason: 'ephemeral values are known only during apply' }),
};

/** @returns a mistake, unless the name may stand in a file that could not be read. */
export function missing(name: string, site: Site): TerraformError {
  const reason = `${name} is not in the configuration`;
  return invalid(site, { reason, nextStep: 'add it, or correct the reference' });
}

/** What to take for a name that is not there; the file with mistakes that may hold it is a problem already. */
export function absent(module: Module, name: string, site: Site): Value {
  const last = name.slice(name.lastIndexOf('.') + 1);
  if (!module.unreadText.includes(last)) throw missing(name, site);
  return { kind: 'unknown', reason: `${name} may stand in a file that could not be read` };
}

/** `local.name` at a site of its module. */
export function localOf(evaluation: Evaluation, name: string, site: Site): Value {
  return localValue({ evaluation, scope: site.scope ?? { module: evaluation.root }, site }, name);
}

function localValue({ evaluation, scope: { module }, site }: Referring, name: string): Value {
  const local = module.module.locals.get(`local.${name}`);
  if (local === undefined) return absent(module.module, `local.${name}`, site);
  const address = addressIn(module, local.address);
  return evaluation.follow(evaluation.instances.values, { name: address, site }, () =>
    evaluation.evaluate(local.value, siteOf({ ...local, address, scope: { module } })),
  );
}

function moduleValue({ evaluation, scope: { module }, site }: Referring, name: string): Value {
  const call = module.module.calls.get(`module.${name}`);
  if (call === undefined) return absent(module.module, `module.${name}`, site);
  if (call.module === undefined) {
    return { kind: 'unknown', reason: `${addressIn(module, call.address)} could not be read` };
  }
  const expansion = evaluation.instances.ofCall(module, call, site);
  return evaluation.instances.valueOf(expansion, (instance) => outputsOf(evaluation, instance, site));
}

function outputsOf(evaluation: Evaluation, instance: ModuleInstance, site: Site): LazyObject {
  const { outputs } = instance.module;
  return {
    kind: 'object',
    address: instance.address,
    isComplete: true,
    names: () => [...outputs.keys()].map((name) => name.slice('output.'.length)).sort(),
    member: (name) => {
      const output = outputs.get(`output.${name}`);
      const address = `${instance.address}.${name}`;
      if (output === undefined) return absent(instance.module, address, site);
      return evaluation.follow(evaluation.instances.values, { name: address, site }, () =>
        evaluation.evaluate(output.value, siteOf({ ...output, address, scope: { module: instance } })),
      );
    },
  };
}

function typeNamespace(reference: Referring, kind: 'resource' | 'data', type: string): LazyObject {
  const { evaluation, scope, site } = reference;
  const { module } = scope.module;
  const prefix = kind === 'data' ? `data.${type}` : type;
  return namespace(prefix, (name) => {
    const blocks = kind === 'data' ? module.dataSources : module.resources;
    const written = blocks.get(`${prefix}.${name}`);
    if (written === undefined) return absent(module, `${prefix}.${name}`, site);
    const expansion = evaluation.instances.ofBlock(scope.module, written, site);
    return evaluation.instances.valueOf(expansion, (block) => evaluation.instances.objectOf(block, site));
  });
}

function eachValue({ evaluation, scope: { repetition }, site }: Referring): Value {
  if (repetition?.kind === 'for_each') {
    return namespace('each', (name) => {
      if (name === 'key') return repetition.key;
      if (name === 'value') return evaluation.instances.elementOf(repetition.of, repetition.key, site);
      throw missing(`each.${name}`, site);
    });
  }
  throw invalid(site, { reason: '"each" stands in a block without for_each', nextStep: 'correct it' });
}

function countValue({ scope: { repetition }, site }: Referring): Value {
  if (repetition?.kind === 'count') {
    return fixed('count', { index: repetition.index }, (name) => missing(`count.${name}`, site));
  }
  throw invalid(site, { reason: '"count" stands in a block without count', nextStep: 'correct it' });
}

function pathValue({ evaluation, scope, site }: Referring): Value {
  const members = {
    module: scope.module.module.path,
    root: '.',
    ...(evaluation.files !== undefined && { cwd: evaluation.files.directory }),
  };
  return fixed('path', members, (name) => missing(`path.${name}`, site));
}

function namespace(address: string, member: (name: string) => Value): LazyObject {
  return { kind: 'object', address, member, names: () => [] };
}

function fixed(
  address: string,
  members: Readonly<Record<string, Value>>,
  otherwise: (name: string) => TerraformError,
): LazyObject {
  return {
    kind: 'object',
    address,
    isComplete: true,
    names: () => Object.keys(members).sort(),
    member: (name) => {
      const found = Object.hasOwn(members, name) ? members[name] : undefined;
      if (found === undefined) throw otherwise(name);
      return found;
    },
  };
}
