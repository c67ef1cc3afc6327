/**
 * Judges the signature of a request: RFC 9421 with the digest of RFC 9530, in one profile. It must cover method, authority, path and
 * query, and the digest where there is content; say when it was made and ends, by which key and algorithm; and its nonce
 * is good once. The content itself is held against the digest when it is read.
 */

import { DrydockError } from '../../rpc/errors.ts';
import type { Clock } from '../clock.ts';
import type { GatewayErrorCode } from '../errors.ts';
import { type ExpectedContent, readContentDigest } from './content-digest.ts';
import type { CredentialCheck } from './credential-check.ts';
import type { NonceMemory } from './nonce-memory.ts';
import { absent, refused, type Verdict } from './principal.ts';
import { signatureBase, signedRequest } from './signature-base.ts';
import { coveredNames, readSignatureInputs, type SignatureInput } from './signature-input.ts';
import type { SignatureKey, SignatureKeys } from './signature-keys.ts';

export interface SignatureCheckOptions {
  readonly clock: Clock;
  readonly nonces: NonceMemory;
}

const requiredNames = ['@method', '@authority', '@path', '@query'] as const;

/** Seconds by which a signer's clock may differ from ours, and for which a signature may be good. */
const skewSeconds = 30;
const lifeSecondsMax = 300;

/** Milliseconds from the first moment at which a signature can be good to the last. */
export const signatureWindowMs = (lifeSecondsMax + 2 * skewSeconds) * 1000;

/** What a 401 says of the signature that is asked for: RFC 9421 §5. */
export const acceptSignature = `drydock=(${[...requiredNames, 'content-digest']
  .map((name) => `"${name}"`)
  .join(' ')});created;expires;nonce;keyid;alg`;

/** @param current asked once for each request: the keys change while the program runs. */
export function signatureCheck(
  current: () => SignatureKeys,
  { clock, nonces }: SignatureCheckOptions,
): CredentialCheck {
  return async function checkSignature({ request }): Promise<Verdict> {
    const inputField = request.headers.get('signature-input');
    const signatureField = request.headers.get('signature');
    if (inputField === null && signatureField === null) return absent;
    const inputs = readSignatureInputs(inputField ?? '', signatureField ?? '');
    const keys = current();
    // Proxies on the way may have signed too; which of two of ours would count is not for us to choose.
    const ours = (inputs ?? []).filter(({ keyId }) => keys.has(keyId));
    const [input] = ours;
    const key = input === undefined ? undefined : keys.get(input.keyId);
    if (input === undefined || key === undefined || ours.length > 1) return refused('signature-unreadable');

    const nowUnixMs = clock.nowUnixMs();
    const content = contentOf(request, input);
    const refusal = key.refusalAt(nowUnixMs) ?? formRefusal(input, key, nowUnixMs) ?? content.refusal;
    if (refusal !== undefined) return refused(refusal);
    const base = signatureBase(signedRequest(request), input.covered);
    if (base === undefined) return refused('signature-components-unknown');
    if (!key.verifier.isValid(base, input.signature)) return refused('signature-wrong');
    // Only now: what is not signed must not use up a nonce.
    const memory = await nonces.remember(input.keyId, input.nonce);
    if (memory === 'seen') return refused('signature-replayed');
    if (memory === 'full') throw tooMany();
    const { expected } = content;
    return {
      kind: 'known',
      name: key.name,
      grant: key.grant,
      ...(expected === undefined ? {} : { content: expected }),
    };
  };
}

function formRefusal(input: SignatureInput, key: SignatureKey, nowUnixMs: number): string | undefined {
  const now = nowUnixMs / 1000;
  const { createdUnixSeconds: created, expiresUnixSeconds: expires } = input;
  if (input.algorithm !== key.algorithm) return 'signature-algorithm-wrong';
  if (input.tag !== undefined && input.tag !== 'drydock') return 'signature-of-another-application';
  if (created > now + skewSeconds) return 'signature-from-the-future';
  if (expires + skewSeconds <= now) return 'signature-expired';
  if (expires <= created || expires - created > lifeSecondsMax) return 'signature-life-too-long';
  const covered = coveredNames(input);
  return requiredNames.every((name) => covered.has(name)) ? undefined : 'signature-covers-too-little';
}

interface SignedContent {
  readonly expected?: ExpectedContent;
  readonly refusal?: string;
}

function contentOf({ headers }: Request, input: SignatureInput): SignedContent {
  if (!coveredNames(input).has('content-digest')) {
    return mayHaveContent(headers) ? { refusal: 'signature-covers-no-content' } : {};
  }
  const expected = readContentDigest(headers.get('content-digest') ?? '');
  return expected === undefined ? { refusal: 'content-digest-unreadable' } : { expected };
}

/** RFC 9112 §6: only a request that says so has content. */
function mayHaveContent(headers: Headers): boolean {
  return headers.has('transfer-encoding') || (headers.get('content-length') ?? '0') !== '0';
}

function tooMany() {
  return new DrydockError<GatewayErrorCode>(
    'GATEWAY_BUSY',
    'could not admit the request: too many were signed in a short time; retry later',
  );
}
