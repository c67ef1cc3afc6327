/** The CIDR blocks and addresses that a configuration writes out anywhere, so that stand-ins keep clear of them. */

import { type Cidr, parseCidr, type TerraformConfiguration } from '../terraform/index.ts';

type Module = TerraformConfiguration['evaluation']['root']['module'];

const BLOCK = /(?<![\w:.])[0-9A-Fa-f:.]+(?:\/\d{1,3})?(?![\w:.])/g;

/** Every text of the configuration and its modules is looked at, also inside expressions and policies. */
export function namedCidrs({ evaluation, providers }: TerraformConfiguration): readonly Cidr[] {
  const texts = new Set<string>();
  collectModule(evaluation.root.module, texts);
  for (const { body } of providers) collect(body, texts);
  for (const input of evaluation.inputs.values()) {
    collect(input.kind === 'text' ? input.text : input.raw, texts);
  }
  return [...texts].map(blockOf).filter((cidr) => cidr !== undefined);
}

function collectModule(module: Module, texts: Set<string>): void {
  const { resources, dataSources, locals, variables, outputs, calls } = module;
  for (const written of [resources, dataSources, variables, calls].flatMap((blocks) => [
    ...blocks.values(),
  ])) {
    collect(written.body, texts);
  }
  for (const { value } of [...locals.values(), ...outputs.values()]) collect(value, texts);
  for (const call of calls.values()) if (call.module) collectModule(call.module, texts);
}

function collect(value: unknown, texts: Set<string>): void {
  if (typeof value === 'string') {
    if (!/[.:]/.test(value)) return;
    for (const [text] of value.matchAll(BLOCK)) if (/[.:]/.test(text)) texts.add(text);
  } else if (typeof value === 'object' && value !== null) {
    for (const item of Object.values(value)) collect(item, texts);
  }
}

function blockOf(text: string): Cidr | undefined {
  if (text.includes('/')) return parseCidr(text);
  return parseCidr(`${text}/32`) ?? parseCidr(`${text}/128`);
}
