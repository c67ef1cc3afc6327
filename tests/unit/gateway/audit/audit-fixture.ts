/** An audit log in a directory of its own, with a key, and what a reader sees of it. */

import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AuditTrailLimits } from '../../../../src/gateway/audit/runtime/audit-trail.ts';
import { type Audit, openAudit } from '../../../../src/gateway/audit/runtime/open-audit.ts';
import type { OpenFile } from '../../../../src/gateway/audit/runtime/spool.ts';
import { verifyDirectory } from '../../../../src/gateway/audit/runtime/verify-directory.ts';
import type { AuditConfig } from '../../../../src/gateway/config.ts';
import type { RequestRecord } from '../../../../src/gateway/request-record.ts';
import { RequestMeter } from '../../../../src/gateway/telemetry/request-meter.ts';

export const keyPair = generateKeyPairSync('ed25519');

export interface AuditPlace extends Disposable {
  readonly spool: string;
  readonly store: string;
  readonly keyFile: string;
  readonly warnings: readonly Readonly<Record<string, unknown>>[];
  open(options?: PlaceOptions): Promise<Audit>;
  /** Lines of a directory, by the name of their file. */
  lines(directory: string): Readonly<Record<string, readonly string[]>>;
  findings(directory: string): Promise<readonly string[]>;
}

export interface PlaceOptions {
  readonly config?: Partial<AuditConfig>;
  readonly limits?: Partial<AuditTrailLimits>;
  readonly openFile?: OpenFile;
}

export function auditPlace(): AuditPlace {
  const root = mkdtempSync(join(tmpdir(), 'drydock-audit-'));
  const spool = join(root, 'spool');
  const keyFile = join(root, 'audit-key.pem');
  writeFileSync(keyFile, keyPair.privateKey.export({ type: 'pkcs8', format: 'pem' }));
  const warnings: Readonly<Record<string, unknown>>[] = [];
  let count = 0;
  const base: AuditConfig = {
    spoolDirectory: spool,
    spoolBytesMax: 1024 * 1024,
    isSigned: true,
    onFailure: 'refuse',
    fsync: 'never',
    keepsPrompts: false,
  };
  return {
    spool,
    store: join(root, 'store'),
    keyFile,
    warnings,
    open: ({ config = {}, limits = {}, openFile } = {}) =>
      openAudit({
        config: { ...base, ...config },
        nodeId: 'gateway-0',
        keyFile,
        clock: { nowUnixMs: () => Date.now() },
        randomId: () => `${count++}`.padStart(32, '0'),
        logger: { info: () => {}, warn: (fields) => void warnings.push(fields) },
        limits: { retryMs: 5, ...limits },
        ...(openFile === undefined ? {} : { openFile }),
      }),
    lines: (directory) =>
      Object.fromEntries(
        readdirSync(directory).map((name) => [
          name,
          readFileSync(join(directory, name), 'utf8').split('\n').slice(0, -1),
        ]),
      ),
    async findings(directory) {
      const reports = await verifyDirectory(directory, keyPair.publicKey);
      return reports.flatMap(({ findings }) => findings.map(({ seq, what }) => `${seq} ${what}`));
    },
    [Symbol.dispose]: () => rmSync(root, { recursive: true, force: true }),
  };
}

/** Of a request that has ended. */
export function endedRequest(requestId: string, fields: Partial<RequestRecord> = {}): RequestRecord {
  return {
    requestId,
    startedUnixMs: 1,
    method: 'POST',
    route: '/v1/chat/completions',
    keyId: 'first',
    status: 200,
    model: 'echo',
    usage: { promptTokens: 5, completionTokens: 2 },
    finishReason: 'stop',
    isStreaming: false,
    meter: new RequestMeter(() => 0),
    ...fields,
  };
}
