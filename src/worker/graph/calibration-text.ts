/**
 * What a model reads once while its graph is built, so that the sizes of its activations are known: prose, code, a table, lists, languages. Written for
 * this purpose. Whoever changes it changes every graph, which the cache sees by the digest.
 */

import { createHash } from 'node:crypto';

export const calibrationText = `The harbour was quiet that morning. Anna counted the crates twice, wrote "41" in her notebook, and asked the captain why one was missing. "Storm," he said, and shrugged.

def mean(values):
    total = 0
    for v in values:
        total += v
    return total / len(values)

Die Katze schläft auf dem Dach; le chat dort sur le toit. 猫在屋顶上睡觉。 Кошка спит на крыше.

1. Preheat the oven to 180 °C.
2. Mix flour, sugar and butter.

User: What is the boiling point of water?
Assistant: At sea level, water boils at 100 degrees Celsius.

{"name": "router", "ports": [80, 443], "enabled": true}

In 1905 Einstein published four papers that changed physics. The Amazon river carries more water than any other river in the world, and its basin covers about seven million square kilometres.`;

/** Tokens of it that are read, the beginning's own among them. */
export const calibrationTokensMax = 256;

/** Names the text, and how much of it is read, in eight hexadecimal digits. */
export function calibrationDigest(): string {
  return createHash('sha256').update(`${calibrationTokensMax}\n${calibrationText}`).digest('hex').slice(0, 8);
}
