/** Terraform's functions on encodings. */

import { decodeCsv } from './csv-decoding.ts';
import { decodeJson, encodeJson } from './json-encoding.ts';
import { ArgumentProblem, define, type FunctionTable, onText, VALUE_OR_NULL } from './terraform-function.ts';
import { decodeYaml } from './yaml-decoding.ts';
import { encodeYaml } from './yaml-encoding.ts';

export const ENCODING_FUNCTIONS: FunctionTable = {
  base64encode: onText((text) => Buffer.from(text, 'utf8').toString('base64')),
  base64decode: onText(decodeBase64),
  csvdecode: onText(decodeCsv),
  jsondecode: onText(decodeJson),
  jsonencode: define([VALUE_OR_NULL], ([value = null]) => encodeJson(value)),
  urlencode: onText(encodeUrl),
  yamldecode: onText(decodeYaml),
  yamlencode: define([VALUE_OR_NULL], ([value = null]) => encodeYaml(value)),
};

function decodeBase64(text: string): string {
  // Go skips line breaks and nothing else.
  const plain = text.replaceAll(/[\r\n]/g, '');
  const bytes = Buffer.from(plain, 'base64');
  if (bytes.toString('base64') !== plain) throw new ArgumentProblem('argument 1 is not base64');
  return utf8Of(bytes, 'argument 1 is not the base64 of UTF-8 text');
}

export function utf8Of(bytes: Uint8Array, problem: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new ArgumentProblem(problem);
  }
}

/** A space becomes "+", and only letters, digits and "-_.~" stay. */
function encodeUrl(text: string): string {
  return encodeURIComponent(text.toWellFormed())
    .replaceAll(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll('%20', '+');
}
