/**
 * HCL text to the shape of Terraform JSON, by hcl2json, which is HashiCorp's own parser. It is loaded when the first
 * HCL text is met: Terraform JSON alone never pays for it. An error never quotes the text, which may hold a secret.
 */

import type { JsonObject } from '../configuration.ts';
import { fileError } from '../file-error.ts';
import { DEPTH_MAX } from '../positions.ts';
import { type HclPositions, hclPositions } from './hcl-positions.ts';

export interface ParsedHcl {
  readonly document: JsonObject;
  readonly positions: HclPositions;
}

/** Summaries of HCL's diagnostics are fixed texts; what follows them may quote. */
const DIAGNOSTIC = /\bx:(\d+),\d+[-,\d]*: ([^;]+);/;

export async function parseHcl(file: { readonly path: string; readonly text: string }): Promise<ParsedHcl> {
  const positions = hclPositions(file.text);
  if (positions.isTooDeep) {
    const reason = `it nests more than ${DEPTH_MAX} levels deep`;
    throw fileError('SIM_TERRAFORM_INVALID', file.path, { reason, nextStep: 'flatten it' });
  }
  const { parse } = await import('@cdktn/hcl2json');
  try {
    return { document: (await parse('x', file.text)) as JsonObject, positions };
  } catch (error) {
    const found = DIAGNOSTIC.exec(error instanceof Error ? error.message : '');
    const line = Number(found?.[1] ?? 1);
    const summary = found?.[2] ?? 'it cannot be parsed';
    throw fileError('SIM_TERRAFORM_INVALID', file.path, {
      reason: `it is not valid HCL: ${summary.charAt(0).toLowerCase()}${summary.slice(1)}`,
      nextStep: 'correct it',
      line,
    });
  }
}
