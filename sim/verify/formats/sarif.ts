/**
 * The findings as SARIF 2.1.0 (OASIS), which code hosts show at the lines of a change. Only findings go in: what is unknown
 * and in the way makes the run an unsuccessful one, with a notification for each.
 */

import { createHash } from 'node:crypto';
import { isAbsolute } from 'node:path';
import { pathToFileURL } from 'node:url';
import { findingKinds } from '../finding-kinds.ts';
import type { Finding, Report, ReportUnknown } from '../report.ts';
import { exitCodes } from '../verify.ts';

const SCHEMA = 'https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json';
const ruleIds = Object.keys(findingKinds);

export function formatSarif(report: Report): string {
  const inTheWay = report.unknown.filter(({ isInTheWay }) => isInTheWay);
  const log = {
    $schema: SCHEMA,
    version: '2.1.0',
    runs: [
      {
        tool: { driver: { name: 'drydock verify', rules: rules() } },
        invocations: [
          {
            executionSuccessful: report.verdict !== 'unknown',
            exitCode: exitCodes[report.verdict],
            toolExecutionNotifications: inTheWay.map(notification),
          },
        ],
        originalUriBaseIds: {
          SRCROOT: { description: { text: 'The folder that the command was called in.' } },
        },
        results: report.findings.map(result),
      },
    ],
  };
  return `${JSON.stringify(log, null, 2)}\n`;
}

function rules() {
  return Object.entries(findingKinds).map(([id, { title, severity }]) => ({
    id,
    shortDescription: { text: title },
    help: { text: `See docs/findings.md#${id}.` },
    defaultConfiguration: { level: severity },
  }));
}

function result({ id, severity, address, file, line, message, path }: Finding) {
  return {
    ruleId: id,
    ruleIndex: ruleIds.indexOf(id),
    level: severity,
    message: { text: path.length === 0 ? message : `${message}\n\n${path.join('\n')}` },
    locations: [
      {
        ...physical(file, line),
        logicalLocations: [{ fullyQualifiedName: address, kind: 'resource' }],
      },
    ],
    // Neither line nor wording is in it, so that a finding stays the same when the file around it moves.
    partialFingerprints: { 'drydock/v1': fingerprint([id, address, file ?? '']) },
  };
}

function notification({ address, reason, touches, file, line }: ReportUnknown) {
  return {
    level: 'warning',
    message: { text: `${address}: ${reason}; it leaves open: ${touches}` },
    ...(file !== null && { locations: [physical(file, line)] }),
  };
}

function physical(file: string | null, line: number | null) {
  if (file === null) return {};
  const artifactLocation = isAbsolute(file)
    ? { uri: pathToFileURL(file).href }
    : { uri: file.split('/').map(encodeURIComponent).join('/'), uriBaseId: 'SRCROOT' };
  return { physicalLocation: { artifactLocation, region: { startLine: line ?? 1 } } };
}

function fingerprint(parts: readonly string[]): string {
  return createHash('sha256').update(parts.join('\0')).digest('hex');
}
