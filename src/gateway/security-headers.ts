/** Fields that every answer carries, whoever writes it. None names a program or a version. */

export const securityHeaders: Readonly<Record<string, string>> = {
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
  // A browser that is led here must neither run nor frame what it gets, nor come back without encryption (RFC 6797, which is for browsers over TLS alone).
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'strict-transport-security': 'max-age=31536000',
};
