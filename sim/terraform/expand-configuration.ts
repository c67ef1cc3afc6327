/**
 * A tree of modules to the instances of its resources. Everything that is written is evaluated once, so that every
 * mistake is found and told with the others, whether or not a packet would ever depend on it.
 */

import { checkBody } from './check-body.ts';
import type {
  Block,
  Module,
  ProviderBlock,
  TerraformConfiguration,
  Unexpanded,
  WrittenBlock,
} from './configuration.ts';
import { createEvaluation, type Evaluation } from './evaluator.ts';
import type { ConfigurationFiles } from './expression/configuration-files.ts';
import { type VariableInputs, validateVariable } from './input-variables.ts';
import type { Expansion } from './instances.ts';
import type { Cause, Problems } from './problems.ts';
import { localOf } from './root-values.ts';
import { addressIn, type ModuleInstance } from './scope.ts';
import { invalid, type Placed, placeOf, siteOf, siteOfStep, unsupported } from './site.ts';

export interface ExpandOptions {
  /** What the user named. */
  readonly path: string;
  readonly inputs: VariableInputs;
  readonly files?: ConfigurationFiles;
}

/** Mistakes are added to the problems; the result is of use only where there are none. */
export function expandConfiguration(
  module: Module,
  problems: Problems,
  options: ExpandOptions,
): TerraformConfiguration {
  const root: ModuleInstance = { address: '', module };
  const { path, ...rest } = options;
  const evaluation = createEvaluation(root, rest);
  const hidesValues = hasSecrets(module);
  if (hidesValues) problems.hideValues();
  const expanding: Expanding = {
    evaluation,
    problems,
    resources: new Map(),
    dataSources: new Map(),
    unexpanded: [],
    providers: [],
    hidesValues,
    instanceCount: 0,
  };
  expandModule(root, expanding);
  const { resources, dataSources, unexpanded, providers } = expanding;
  const { locals, variables } = module;
  return {
    path,
    resources,
    dataSources,
    unexpanded,
    locals,
    variables,
    providers,
    evaluation,
    mistakes: problems,
  };
}

interface Expanding {
  readonly evaluation: Evaluation;
  readonly problems: Problems;
  readonly resources: Map<string, Block>;
  readonly dataSources: Map<string, Block>;
  readonly unexpanded: Unexpanded[];
  readonly providers: ProviderBlock[];
  readonly hidesValues: boolean;
  /** Instances of blocks and modules so far. */
  instanceCount: number;
}

/** Of blocks and modules together: modules in modules multiply. */
const INSTANCES_MAX = 50_000;

/** Any value may have come from a sensitive one, so that then none is told. */
function hasSecrets(module: Module): boolean {
  const isSecret = [...module.variables.values()].some(
    ({ body }) => (body.sensitive ?? false) !== false || (body.ephemeral ?? false) !== false,
  );
  return isSecret || [...module.calls.values()].some((call) => call.module && hasSecrets(call.module));
}

function expandModule(module: ModuleInstance, expanding: Expanding): void {
  const { evaluation, problems } = expanding;
  checkVariables(module, expanding);
  const scope = { module };
  for (const { address, ...local } of module.module.locals.values()) {
    const site = siteOf({ ...local, address: addressIn(module, address), scope });
    const name = address.slice('local.'.length);
    problems.attempt(() => localOf(evaluation, name, site));
  }
  for (const provider of module.module.providers) {
    const placed = { ...provider, address: addressIn(module, provider.address), scope };
    expanding.providers.push(placed);
    checkBody(placed, evaluation, problems);
  }
  for (const written of module.module.resources.values()) expandBlock(module, written, expanding);
  for (const written of module.module.dataSources.values()) expandBlock(module, written, expanding);
  for (const output of module.module.outputs.values()) {
    const site = siteOf({ ...output, address: addressIn(module, output.address), scope });
    problems.attempt(() => evaluation.evaluate(output.value, site));
  }
  expandCalls(module, expanding);
}

function checkVariables(module: ModuleInstance, { evaluation, problems, hidesValues }: Expanding): void {
  for (const variable of module.module.variables.values()) {
    const name = variable.address.slice('var.'.length);
    const site = siteOf({ ...variable, address: addressIn(module, variable.address), scope: { module } });
    const value = problems.attempt(() => evaluation.variable(module, name, site));
    if (value.kind !== 'known') continue;
    problems.attempt(() => validateVariable(evaluation, { module, variable, hidesValues }));
  }
}

function expandBlock(module: ModuleInstance, written: WrittenBlock, expanding: Expanding): void {
  const { evaluation, problems, resources, dataSources, unexpanded } = expanding;
  const placed = { ...written, address: addressIn(module, written.address), scope: { module } };
  const found = problems.attempt(() => evaluation.instances.ofBlock(module, written, siteOf(placed)));
  if (found.kind === 'invalid') return;
  const cause = causeIn(found);
  if (cause !== undefined) {
    unexpanded.push(unexpandedBlock(written, placed.address, cause));
    return;
  }
  for (const block of itemsOf(found.kind === 'known' ? found.value : undefined)) {
    countInstance(placed, expanding);
    (written.kind === 'data' ? dataSources : resources).set(block.address, block);
    checkBody(block, evaluation, problems);
  }
}

function expandCalls(module: ModuleInstance, expanding: Expanding): void {
  const { evaluation, problems } = expanding;
  for (const call of module.module.calls.values()) {
    if (call.module === undefined) continue;
    const placed = { ...call, address: addressIn(module, call.address), scope: { module } };
    const site = siteOf(placed);
    for (const name of Object.keys(call.body)) {
      if (MODULE_ARGUMENTS.has(name) || call.module.variables.has(`var.${name}`)) continue;
      if (call.module.unreadText.includes(name)) continue;
      const reason = 'the module has no such variable';
      problems.add(
        invalid(siteOfStep(site, name), { reason, nextStep: 'remove it, or declare the variable' }),
      );
    }
    const found = problems.attempt(() => evaluation.instances.ofCall(module, call, site));
    if (found.kind === 'invalid') continue;
    const cause = causeIn(found);
    if (cause !== undefined) leaveOut(call.module, placed.address, { cause, expanding });
    for (const instance of itemsOf(found.kind === 'known' ? found.value : undefined)) {
      countInstance(placed, expanding);
      expandModule(instance, expanding);
    }
  }
}

function countInstance(placed: Placed, expanding: Expanding): void {
  expanding.instanceCount += 1;
  if (expanding.instanceCount <= INSTANCES_MAX) return;
  const reason = `with it, the configuration makes more than ${INSTANCES_MAX} instances`;
  throw unsupported(siteOf(placed), { reason, nextStep: 'simulate fewer' });
}

/** What a module call takes beside the module's variables. */
const MODULE_ARGUMENTS: ReadonlySet<string> = new Set([
  '//',
  'source',
  'version',
  'count',
  'for_each',
  'providers',
  'depends_on',
]);

function leaveOut(
  module: Module,
  address: string,
  options: { readonly cause: Cause; readonly expanding: Expanding },
): void {
  for (const written of [...module.resources.values(), ...module.dataSources.values()]) {
    const block = unexpandedBlock(written, `${address}.${written.address}`, options.cause);
    options.expanding.unexpanded.push(block);
  }
  for (const call of module.calls.values()) {
    if (call.module !== undefined) leaveOut(call.module, `${address}.${call.address}`, options);
  }
}

function unexpandedBlock(written: WrittenBlock, address: string, cause: Cause): Unexpanded {
  return { address, kind: written.kind, type: written.type, cause, place: placeOf(written) };
}

type Found<Item> =
  | { readonly kind: 'known'; readonly value: Expansion<Item> }
  | { readonly kind: 'unknown'; readonly cause: Cause };

function causeIn<Item>(found: Found<Item>): Cause | undefined {
  if (found.kind === 'unknown') return found.cause;
  return found.value.kind === 'unknown' ? found.value.cause : undefined;
}

function itemsOf<Item>(expansion: Expansion<Item> | undefined): readonly Item[] {
  if (expansion === undefined || expansion.kind === 'unknown') return [];
  return expansion.kind === 'single' ? [expansion.item] : [...expansion.items.values()];
}
