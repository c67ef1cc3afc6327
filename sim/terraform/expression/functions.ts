/** Every function of Terraform 1.11 by name: those evaluated, those that differ from run to run, and the rest. */

import { CIDR_FUNCTIONS } from './cidr-functions.ts';
import { CONVERSION_FUNCTIONS } from './conversion-functions.ts';
import { ENCODING_FUNCTIONS } from './encoding-functions.ts';
import { FILE_FUNCTIONS } from './file-functions.ts';
import { HASH_FUNCTIONS } from './hash-functions.ts';
import { LIST_FUNCTIONS } from './list-functions.ts';
import { MAP_FUNCTIONS } from './map-functions.ts';
import { NUMBER_FUNCTIONS } from './number-functions.ts';
import { REGEX_FUNCTIONS } from './regex-functions.ts';
import { SET_FUNCTIONS } from './set-functions.ts';
import { STRING_FUNCTIONS } from './string-functions.ts';
import type { TerraformFunction } from './terraform-function.ts';
import { TIME_FUNCTIONS } from './time-functions.ts';

export const FUNCTIONS: ReadonlyMap<string, TerraformFunction> = new Map(
  [
    NUMBER_FUNCTIONS,
    STRING_FUNCTIONS,
    REGEX_FUNCTIONS,
    LIST_FUNCTIONS,
    MAP_FUNCTIONS,
    SET_FUNCTIONS,
    CONVERSION_FUNCTIONS,
    ENCODING_FUNCTIONS,
    FILE_FUNCTIONS,
    HASH_FUNCTIONS,
    TIME_FUNCTIONS,
    CIDR_FUNCTIONS,
  ].flatMap((table) => Object.entries(table)),
);

export const VARYING_FUNCTIONS: ReadonlySet<string> = new Set([
  'bcrypt',
  'plantimestamp',
  'timestamp',
  'uuid',
]);

export const UNEVALUATED_FUNCTIONS: ReadonlySet<string> = new Set([
  'base64gzip',
  'issensitive',
  'rsadecrypt',
  'templatestring',
  'textdecodebase64',
  'textencodebase64',
]);
