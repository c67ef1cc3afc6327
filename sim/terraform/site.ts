/**
 * Where in a configuration something stands, and the errors that name it. Every error about a configuration
 * is made here, so that each names file, line, address and field, on one line.
 */

import { DrydockError, type SimErrorCode } from '../errors.ts';
import type { SourceFile } from './configuration.ts';
import type { Scope } from './scope.ts';

export interface Site {
  readonly source: SourceFile;
  readonly address: string;
  /** `cidr_block`, `ingress[0].cidr_blocks[1]`; empty: the block itself. */
  readonly field: string;
  readonly path: readonly (string | number)[];
  /** What names mean here; absent: what they mean in the root module. */
  readonly scope?: Scope;
}

/** Enough of a block, provider or named value to say where it stands. */
export interface Placed {
  readonly address: string;
  readonly source: SourceFile;
  readonly path: readonly (string | number)[];
  readonly scope?: Scope;
}

/** File, as the caller named it, and line (from 1). */
export interface Place {
  readonly file: string;
  readonly line: number;
}

/** Where it stands: of a field, the line of that field. */
export function placeOf(located: Site | Placed): Place {
  const { source, path } = located;
  return source.placeOf?.(path) ?? { file: source.path, line: source.positions.lineAt(path) };
}

export function siteOf(placed: Placed): Site {
  const { source, address, path, scope } = placed;
  return { source, address, field: '', path, ...(scope !== undefined && { scope }) };
}

export function siteOfStep(site: Site, step: string | number): Site {
  const separator = site.field === '' ? '' : '.';
  const field = typeof step === 'number' ? `${site.field}[${step}]` : `${site.field}${separator}${step}`;
  return { ...site, field, path: [...site.path, step] };
}

export type TerraformErrorCode = Extract<SimErrorCode, `SIM_TERRAFORM_${string}`>;

/** A failure at a site. `isTerraformsOwn`: Terraform itself would fail here, so `try` may go on. */
export class TerraformError extends DrydockError<TerraformErrorCode> {
  readonly isTerraformsOwn: boolean;

  constructor(
    code: TerraformErrorCode,
    message: string,
    details: Readonly<Record<string, unknown>>,
    isTerraformsOwn: boolean,
  ) {
    super(code, message, { details });
    this.isTerraformsOwn = isTerraformsOwn;
  }
}

export interface Problem {
  readonly reason: string;
  readonly nextStep: string;
  readonly isTerraformsOwn?: boolean;
}

/** A value that the simulator needs is not known. */
export function unresolved(site: Site, problem: Problem): TerraformError {
  return terraformError('SIM_TERRAFORM_UNRESOLVED', site, 'resolve', problem);
}

/** The configuration is one that Terraform or AWS would refuse. */
export function invalid(site: Site, problem: Problem): TerraformError {
  return terraformError('SIM_TERRAFORM_INVALID', site, 'read', problem);
}

/** Bears on what packets reach, and is not modelled. */
export function unsupported(site: Site, problem: Problem): TerraformError {
  return terraformError('SIM_TERRAFORM_UNSUPPORTED', site, 'simulate', problem);
}

function terraformError(
  code: TerraformErrorCode,
  site: Site,
  verb: string,
  problem: Problem,
): TerraformError {
  const { file, line } = placeOf(site);
  const field = site.field === '' ? '' : ` ${site.field}`;
  const details = {
    file,
    line,
    address: site.address,
    ...(site.field === '' ? {} : { field: site.field }),
    reason: problem.reason,
  };
  const message = `could not ${verb} ${site.address}${field} (${file}:${line}): ${problem.reason}; ${problem.nextStep}`;
  return new TerraformError(code, oneLine(message), details, problem.isTerraformsOwn ?? false);
}

export function oneLine(text: string): string {
  return text.replaceAll(/\s*\n\s*/g, ' ');
}
