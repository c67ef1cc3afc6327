/**
 * The one type to which values of several types can be converted, as Terraform finds it for the branches of a
 * conditional and the elements of a list; undefined where there is none.
 */

import {
  ANY,
  areTypesEqual,
  isCollectionType,
  type ObjectAttribute,
  required,
  STRING,
  type TerraformType,
} from './terraform-type.ts';

type Of<Kind extends TerraformType['kind']> = Extract<TerraformType, { kind: Kind }>;

export function unifyTypes(types: readonly TerraformType[]): TerraformType | undefined {
  const known = types.filter(({ kind }) => kind !== 'any');
  // Of what type something is that is not known may make the difference.
  return unifyKnown(known) ?? (known.length < types.length ? ANY : undefined);
}

function unifyKnown([first, ...others]: readonly TerraformType[]): TerraformType | undefined {
  if (first === undefined) return ANY;
  if (others.every((type) => areTypesEqual(first, type))) return first;
  const all = [first, ...others];
  const kinds = new Set(all.map(({ kind }) => kind));
  const isOnly = (...allowed: readonly TerraformType['kind'][]) =>
    [...kinds].every((kind) => allowed.includes(kind));
  if (isOnly('string', 'number', 'bool')) return kinds.has('string') ? STRING : undefined;
  if (isOnly('tuple')) return unifyTuples(all.filter((type) => type.kind === 'tuple'));
  if (isOnly('object')) return unifyObjects(all.filter((type) => type.kind === 'object'));
  if (isOnly('list', 'set', 'tuple')) return unifySequences(all, kinds.has('list') ? 'list' : 'set');
  if (isOnly('map', 'object')) return collectionOf('map', all);
  return undefined;
}

function unifyTuples(tuples: readonly Of<'tuple'>[]): TerraformType | undefined {
  const [first] = tuples;
  if (first !== undefined && tuples.every(({ elements }) => elements.length === first.elements.length)) {
    const elements = first.elements.map((_, index) =>
      unifyTypes(tuples.map((tuple) => tuple.elements[index] ?? ANY)),
    );
    if (elements.every((type) => type !== undefined)) return { kind: 'tuple', elements };
  }
  return collectionOf('list', tuples);
}

function unifyObjects(objects: readonly Of<'object'>[]): TerraformType | undefined {
  const names = [...new Set(objects.flatMap(({ attributes }) => [...attributes.keys()]))];
  if (objects.every(({ attributes }) => attributes.size === names.length)) {
    const attributes = new Map<string, ObjectAttribute>();
    for (const name of names) {
      const type = unifyTypes(objects.map((object) => object.attributes.get(name)?.type ?? ANY));
      if (type !== undefined) attributes.set(name, required(type));
    }
    if (attributes.size === names.length) return { kind: 'object', attributes };
  }
  return collectionOf('map', objects);
}

function unifySequences(types: readonly TerraformType[], kind: 'list' | 'set'): TerraformType | undefined {
  return collectionOf(kind, types);
}

function collectionOf(
  kind: 'list' | 'set' | 'map',
  types: readonly TerraformType[],
): TerraformType | undefined {
  const element = unifyTypes(types.flatMap(elementTypesOf));
  return element && { kind, element };
}

function elementTypesOf(type: TerraformType): readonly TerraformType[] {
  if (isCollectionType(type)) return [type.element];
  if (type.kind === 'tuple') return type.elements;
  return type.kind === 'object' ? [...type.attributes.values()].map((attribute) => attribute.type) : [];
}
