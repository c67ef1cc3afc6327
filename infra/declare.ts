/**
 * Declares resources under names of our choice. cdktn would derive a name from the construct tree; ours appear
 * in explanations and in state, so they are written where the resource is, and stay when code moves.
 */
import type { TerraformElement, TerraformStack } from 'cdktn';

interface ElementType<Config, Element extends TerraformElement> {
  readonly tfResourceType: string;
  new (scope: TerraformStack, id: string, config: Config): Element;
}

export type Declare = <Config, Element extends TerraformElement>(
  type: ElementType<Config, Element>,
  name: string,
  config: Config,
) => Element;

export function declareIn(stack: TerraformStack): Declare {
  return (type, name, config) => {
    const element = new type(stack, `${type.tfResourceType}.${name}`, config);
    element.overrideLogicalId(name);
    return element;
  };
}
