/**
 * Which credentials an environment asks for: `api-key`, `jwt|api-key`, `api-key+signature`. `+` binds tighter than `|`.
 * A credential that is presented and not good refuses the request, even where another would do; and credentials that
 * are asked for together must name the same caller, so that two stolen halves make no whole. Pure.
 */

import { type AuthMethod, authMethods, type Principal, type Verdict } from './principal.ts';

/** Alternatives, each of which is a set of methods. */
export type AuthPolicy = readonly (readonly AuthMethod[])[];

const alternativesMax = 8;

/** @returns `undefined` where the text is no policy. */
export function parseAuthPolicy(text: string): AuthPolicy | undefined {
  const alternatives = text.split('|').map((alternative) => alternative.split('+'));
  if (alternatives.length > alternativesMax) return undefined;
  const methods = alternatives.map((names) =>
    authMethods.filter((method) => names.filter((name) => name === method).length === 1),
  );
  // A name that is unknown or stands twice is lost above.
  const isWhole = methods.every((known, index) => known.length === alternatives[index]?.length);
  // Both stand in the one Authorization header.
  const isPossible = methods.every((known) => !(known.includes('api-key') && known.includes('jwt')));
  return isWhole && isPossible ? methods : undefined;
}

export function policyNames(policy: AuthPolicy, method: AuthMethod): boolean {
  return policy.some((alternative) => alternative.includes(method));
}

export type Decision =
  | { readonly isAdmitted: true; readonly principal: Principal }
  | { readonly isAdmitted: false; readonly reason: string };

export function decide(policy: AuthPolicy, verdicts: ReadonlyMap<AuthMethod, Verdict>): Decision {
  for (const verdict of verdicts.values()) {
    if (verdict.kind === 'refused') return { isAdmitted: false, reason: verdict.reason };
  }
  let reason = 'credential-missing';
  for (const alternative of policy) {
    const known = alternative.map((method) => verdicts.get(method)).filter((verdict) => isKnown(verdict));
    const [first] = known;
    if (first === undefined || known.length < alternative.length) continue;
    if (known.every(({ name }) => name === first.name)) {
      const grants = known.map(({ grant }) => grant);
      return {
        isAdmitted: true,
        principal: { id: idOf(alternative, first.name), methods: alternative, grants },
      };
    }
    reason = 'credentials-disagree';
  }
  return { isAdmitted: false, reason };
}

type Known = Extract<Verdict, { kind: 'known' }>;

function isKnown(verdict: Verdict | undefined): verdict is Known {
  return verdict?.kind === 'known';
}

/** The names in a token are its issuer's, all others ours: they must not be taken for each other. */
function idOf(methods: readonly AuthMethod[], name: string): string {
  return methods.length === 1 && methods[0] === 'jwt' ? `jwt:${name}` : name;
}
