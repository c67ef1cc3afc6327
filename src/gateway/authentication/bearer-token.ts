/** Reads the one token of an Authorization header, or says that there is none or that it is no such header. */

// RFC 6750 §2.1 (token68); the scheme is case-insensitive (RFC 9110 §11.1). Two joined headers do not match.
const bearer = /^Bearer ([A-Za-z0-9._~+/-]{1,8192}={0,2})$/i;

export type BearerToken =
  | { readonly kind: 'none' }
  | { readonly kind: 'malformed' }
  | { readonly kind: 'token'; readonly token: string };

export function readBearerToken(header: string | undefined): BearerToken {
  if (header === undefined) return { kind: 'none' };
  const token = bearer.exec(header)?.[1];
  return token === undefined ? { kind: 'malformed' } : { kind: 'token', token };
}

/** Three parts of which the first begins as base64url of `{"` does: what a signed token looks like, and no API key of ours. */
export function looksLikeJwt(token: string): boolean {
  return /^ey[^.]*\.[^.]*\.[^.]*$/.test(token);
}
