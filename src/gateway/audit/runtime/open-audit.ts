/** Opens a node's audit log as its configuration has it, and says in the chain itself how the last gateway left it. */

import { createPrivateKey, type KeyObject } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { DrydockError } from '../../../rpc/errors.ts';
import type { RpcLogger } from '../../../rpc/inference.ts';
import type { Clock } from '../../clock.ts';
import type { AuditConfig } from '../../config.ts';
import type { GatewayErrorCode } from '../../errors.ts';
import type { RequestObserver } from '../../request-record.ts';
import { auditEntryOf } from '../audit-entry.ts';
import { createCheckpointSigner } from '../checkpoint.ts';
import { AuditTrail, type AuditTrailLimits, defaultAuditTrailLimits } from './audit-trail.ts';
import { createDirectoryStore } from './directory-store.ts';
import { createShipper, type Shipper } from './shipper.ts';
import { type OpenFile, openSpool, type Spool } from './spool.ts';

export interface OpenAuditOptions {
  readonly config: AuditConfig;
  readonly nodeId: string;
  /** PEM file of the Ed25519 private key. Read where the configuration says that checkpoints are signed. */
  readonly keyFile: string;
  readonly clock: Clock;
  readonly randomId: () => string;
  readonly logger: RpcLogger;
  readonly limits?: Partial<AuditTrailLimits>;
  readonly openFile?: OpenFile;
}

export interface Audit extends AsyncDisposable {
  readonly observe: RequestObserver;
  /** @throws DrydockError GATEWAY_AUDIT_UNAVAILABLE while nothing can be written and the configuration says to refuse then. */
  readonly gate: () => void;
  readonly trail: AuditTrail;
  readonly spool: Spool;
  /** Absent: there is no store. */
  readonly shipper?: Shipper;
}

/** @throws DrydockError GATEWAY_AUDIT_INVALID */
export async function openAudit(options: OpenAuditOptions): Promise<Audit> {
  const { config, nodeId, clock, randomId, logger, openFile } = options;
  const limits = { ...defaultAuditTrailLimits, spoolBytesMax: config.spoolBytesMax, ...options.limits };
  const signer = createCheckpointSigner(config.isSigned ? await readKey(options.keyFile) : undefined);
  const spool = await openSpoolOrExplain(config.spoolDirectory, {
    newChain: () => `${nodeId}-${randomId().slice(0, 8)}`,
    ...(openFile === undefined ? {} : { openFile }),
  });
  const shipper =
    config.storeDirectory === undefined
      ? undefined
      : createShipper({
          spool,
          logger,
          retryMs: limits.retryMs,
          store: createDirectoryStore(config.storeDirectory),
        });
  const onSealed = () => shipper?.wake();
  const trail = new AuditTrail({ spool, signer, clock, logger, limits, fsync: config.fsync, onSealed });
  const { torn, wasClosed } = spool.found;
  trail.append({ kind: 'opened', unixMs: clock.nowUnixMs(), node: nodeId, wasClosed, torn });
  shipper?.wake();
  return {
    observe: (record) => trail.append(auditEntryOf(record, clock.nowUnixMs())),
    gate() {
      if (config.onFailure === 'refuse' && !trail.isAccepting) throw unavailable();
    },
    trail,
    spool,
    ...(shipper === undefined ? {} : { shipper }),
    async [Symbol.asyncDispose]() {
      await trail[Symbol.asyncDispose]();
      await shipper?.[Symbol.asyncDispose]();
    },
  };
}

function unavailable() {
  return new DrydockError<GatewayErrorCode>(
    'GATEWAY_AUDIT_UNAVAILABLE',
    'could not start the answer: it could not be recorded in the audit log; retry later',
  );
}

function invalid(what: string, cause: unknown) {
  return new DrydockError<GatewayErrorCode>(
    'GATEWAY_AUDIT_INVALID',
    `could not open the audit log: ${what}; see docs/audit.md`,
    { cause },
  );
}

async function readKey(path: string): Promise<KeyObject> {
  try {
    const key = createPrivateKey(await readFile(path, 'utf8'));
    if (key.asymmetricKeyType === 'ed25519') return key;
  } catch (cause) {
    throw invalid('its signing key cannot be read', cause);
  }
  throw invalid('its signing key is not an Ed25519 private key', undefined);
}

async function openSpoolOrExplain(
  directory: string,
  options: Omit<Parameters<typeof openSpool>[0], 'directory'>,
) {
  try {
    return await openSpool({ directory, ...options });
  } catch (cause) {
    throw invalid(`its directory ${directory} cannot be used`, cause);
  }
}
