/** Addresses and references as Terraform writes them, cut into their steps: names, and the keys in brackets. */

export interface AddressStep {
  readonly name: string;
  /** Brackets and all: `[0]`, `["a.b"]`, `[*]`. */
  readonly keys: readonly string[];
}

const KEY = '\\[(?:"(?:[^"\\\\]|\\\\.)*"|[^\\]"]*)\\]';
const STEP = new RegExp(`([^.\\[\\]"]+)((?:${KEY})*)(?:\\.|$)`, 'uy');
const KEYS = new RegExp(KEY, 'gu');

/** `module.api["dev"].aws_x.y[0]` is module, api["dev"], aws_x, y[0]. Undefined for what is no address. */
export function splitAddress(text: string): readonly AddressStep[] | undefined {
  const steps: AddressStep[] = [];
  STEP.lastIndex = 0;
  while (STEP.lastIndex < text.length) {
    const match = STEP.exec(text);
    if (match === null) return undefined;
    steps.push({ name: match[1] ?? '', keys: match[2]?.match(KEYS) ?? [] });
  }
  return steps;
}

export function formatSteps(steps: readonly AddressStep[]): string {
  return steps.map(({ name, keys }) => `${name}${keys.join('')}`).join('.');
}
