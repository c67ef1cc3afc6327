/**
 * A key, a token and a prompt that tests hand to programs and that no program may say again. Whoever watches what is printed asks here.
 * They are found as they are written, not in another encoding.
 */

/** The first claim of each token of the tests' issuer. Its length leaves no bits over for what follows, so it is always written alike. */
export const tokenCanary = { canary: 'token-7c1e5bb04d2f' } as const;

export const canaries = {
  key: 'sk-canary-Zm9yIHRlc3Rz',
  token: Buffer.from(JSON.stringify(tokenCanary).slice(0, -1)).toString('base64url'),
  // Ten characters: tests count the tokens of a request that holds it.
  prompt: 'canary5e0d',
} as const;

/** @returns which of them stand in the text. */
export function saidCanaries(text: string): readonly string[] {
  return Object.entries(canaries)
    .filter(([, canary]) => text.includes(canary))
    .map(([name]) => name);
}
