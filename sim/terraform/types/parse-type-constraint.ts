/** Reads what a variable's `type` says: `list(string)`, `object({ports = optional(list(number), [443])})`. */

import { evaluateExpression } from '../expression/evaluate-expression.ts';
import { parseExpression } from '../expression/parse-expression.ts';
import type { Expression } from '../expression/syntax.ts';
import { invalid, type Site, type TerraformError } from '../site.ts';
import type { Value } from '../value.ts';
import { convertToType } from './convert-to-type.ts';
import {
  ANY,
  BOOL,
  listOf,
  mapOf,
  NUMBER,
  type ObjectAttribute,
  required,
  STRING,
  setOf,
  type TerraformType,
} from './terraform-type.ts';

/** A bare `list` and `map` are of Terraform's first years, and mean those of any one type. */
const NAMED: ReadonlyMap<string, TerraformType> = new Map([
  ['any', ANY],
  ['string', STRING],
  ['number', NUMBER],
  ['bool', BOOL],
  ['list', listOf(ANY)],
  ['map', mapOf(ANY)],
]);

/** The text as it stands behind `type =`, or as JSON writers have it, in `${…}`. Throws SIM_TERRAFORM_INVALID. */
export function parseTypeConstraint(text: string, site: Site): TerraformType {
  const whole = /^\s*\$\{(.*)\}\s*$/s.exec(text)?.[1] ?? text;
  return new ConstraintReader(site).typeOf(parseExpression(whole, site));
}

class ConstraintReader {
  readonly #site: Site;

  constructor(site: Site) {
    this.#site = site;
  }

  typeOf(expression: Expression): TerraformType {
    if (expression.kind === 'root') {
      const named = NAMED.get(expression.name);
      if (named !== undefined) return named;
      throw this.#problem(`there is no type "${expression.name}"`);
    }
    if (expression.kind !== 'call') throw this.#problem('it is no type');
    const [first, ...others] = expression.arguments;
    if (first === undefined || others.length > 0 || expression.isSpread) {
      throw this.#problem(`${expression.name} takes one argument`);
    }
    return this.#constructed(expression.name, first);
  }

  #constructed(name: string, argument: Expression): TerraformType {
    switch (name) {
      case 'list':
        return listOf(this.typeOf(argument));
      case 'set':
        return setOf(this.typeOf(argument));
      case 'map':
        return mapOf(this.typeOf(argument));
      case 'tuple':
        if (argument.kind !== 'list') throw this.#problem('tuple takes a list of types');
        return { kind: 'tuple', elements: argument.items.map((item) => this.typeOf(item)) };
      case 'object':
        if (argument.kind !== 'object') throw this.#problem('object takes names and types in braces');
        return { kind: 'object', attributes: this.#attributes(argument.entries) };
      case 'optional':
        throw this.#problem('optional is for the attributes of an object');
      default:
        throw this.#problem(`there is no type "${name}"`);
    }
  }

  #attributes(
    entries: Extract<Expression, { kind: 'object' }>['entries'],
  ): ReadonlyMap<string, ObjectAttribute> {
    const attributes = new Map<string, ObjectAttribute>();
    for (const { key, value } of entries) {
      const name = key.kind === 'literal' && typeof key.value === 'string' ? key.value : undefined;
      if (name === undefined) throw this.#problem('the name of an attribute must be a word');
      if (attributes.has(name)) throw this.#problem(`the attribute "${name}" stands twice`);
      const isOptional = value.kind === 'call' && value.name === 'optional';
      attributes.set(name, isOptional ? this.#optional(value.arguments) : required(this.typeOf(value)));
    }
    return attributes;
  }

  #optional(parts: readonly Expression[]): ObjectAttribute {
    const [first, fallback, ...others] = parts;
    if (first === undefined || others.length > 0) throw this.#problem('optional takes a type and a default');
    const type = this.typeOf(first);
    const value = fallback === undefined ? null : convertToType(this.#constant(fallback), type, this.#site);
    return { type, isOptional: true, fallback: value };
  }

  /** A default may call functions and refer to nothing. The parser bounds how deep it goes. */
  #constant(expression: Expression): Value {
    return evaluateExpression(expression, {
      site: this.#site,
      root: (name) => {
        throw this.#problem(`a default cannot refer to ${name}`);
      },
      deeper: (run) => run(),
    });
  }

  #problem(reason: string): TerraformError {
    const nextStep = 'write a type as string, list(string) or object({name = string})';
    return invalid(this.#site, { reason: `the type is not valid: ${reason}`, nextStep });
  }
}
