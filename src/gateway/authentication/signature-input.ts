/** Reads the Signature-Input and Signature fields (RFC 9421 §4). What is ambiguous is not read. Pure. */

import { type Dictionary, type InnerList, type Item, parseDictionary } from 'structured-headers';

export interface SignatureInput {
  readonly covered: InnerList;
  readonly signature: Uint8Array;
  readonly keyId: string;
  readonly algorithm: string;
  readonly createdUnixSeconds: number;
  readonly expiresUnixSeconds: number;
  readonly nonce: string;
  readonly tag: string | undefined;
}

const labelsMax = 8;
const nonceForm = /^[\x21-\x7e]{16,128}$/;

/** @returns those of the message's signatures that have all parameters that this gateway asks for. `undefined`: the fields cannot be read. */
export function readSignatureInputs(
  inputField: string,
  signatureField: string,
): readonly SignatureInput[] | undefined {
  const inputs = dictionaryOf(inputField);
  const signatures = dictionaryOf(signatureField);
  if (inputs === undefined || signatures === undefined) return undefined;
  if (inputs.size > labelsMax || signatures.size > labelsMax) return undefined;
  return [...inputs].flatMap(([label, input]) => {
    const signature = signatures.get(label)?.[0];
    if (!isInnerList(input) || !(signature instanceof ArrayBuffer)) return [];
    const read = withParameters(input, new Uint8Array(signature));
    return read === undefined ? [] : [read];
  });
}

/** Names of the covered components that have no parameters. */
export function coveredNames({ covered }: SignatureInput): ReadonlySet<string> {
  return new Set(
    covered[0].flatMap(([name, parameters]) =>
      typeof name === 'string' && parameters.size === 0 ? [name] : [],
    ),
  );
}

function withParameters(covered: InnerList, signature: Uint8Array): SignatureInput | undefined {
  const parameters = covered[1];
  const text = (name: string) => {
    const value = parameters.get(name);
    return typeof value === 'string' ? value : undefined;
  };
  const seconds = (name: string) => {
    const value = parameters.get(name);
    return typeof value === 'number' && Number.isSafeInteger(value) ? value : undefined;
  };
  const [keyId, algorithm, nonce] = [text('keyid'), text('alg'), text('nonce')];
  const [createdUnixSeconds, expiresUnixSeconds] = [seconds('created'), seconds('expires')];
  if (keyId === undefined || algorithm === undefined || nonce === undefined || !nonceForm.test(nonce))
    return undefined;
  if (createdUnixSeconds === undefined || expiresUnixSeconds === undefined) return undefined;
  return {
    covered,
    signature,
    keyId,
    algorithm,
    createdUnixSeconds,
    expiresUnixSeconds,
    nonce,
    tag: text('tag'),
  };
}

function dictionaryOf(field: string): Dictionary | undefined {
  try {
    return parseDictionary(field);
  } catch {
    // The parser's message quotes the field.
    return undefined;
  }
}

function isInnerList(member: Item | InnerList): member is InnerList {
  return Array.isArray(member[0]);
}
