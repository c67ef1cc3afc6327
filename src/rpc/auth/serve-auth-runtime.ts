/**
 * The auth functions of one engine, over its loopback listener: who a new connection is, and what it may do. iii waits for the
 * answer without limit, so every question is answered within `answerMsMax`, with a refusal if need be.
 */
import { isIP } from 'node:net';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { z } from 'zod';
import { AlarmLog } from '../alarm-log.ts';
import { authFunctionIds } from '../contract/auth-functions.ts';
import { type CredentialRole, credentialFiles, credentialRoles } from '../contract/credential.ts';
import { DrydockError } from '../errors.ts';
import type { RpcLogger } from '../inference.ts';
import { awaitRegistration } from '../transport/registration-runtime.ts';
import { openSdk } from '../transport/sdk-runtime.ts';
import { type AuthResult, rightsOf } from './rights.ts';
import { type RefusalReason, verifyCredential } from './verify-credential.ts';
import { openVerifyKeyFiles, type VerifyKeyFiles } from './verify-key-files-runtime.ts';

export interface ServeAuthOptions {
  /** Of the engine's loopback listener. */
  readonly port: number;
  readonly environment: string;
  /** Holds `verify-keys/`. */
  readonly runDirectory: string;
  readonly logger: RpcLogger;
  /** Default 15 000: how long the engine has to take the functions. */
  readonly startMsMax?: number;
  /** Default `Date.now`. */
  readonly now?: () => number;
}

const answerMsMax = 2000;
/** iii loses an answer that comes before it has noted the question; the connection would then wait for ever. */
const answerMsMin = 3;
const questionsAtOnceMax = 1024;

/**
 * Resolves once the engine has the auth functions, so that what is opened afterwards is judged from its first connection on.
 * @throws DrydockError RPC_CONFIG_INVALID, RPC_ENGINE_UNREACHABLE
 */
export async function serveAuth(options: ServeAuthOptions): Promise<AsyncDisposable> {
  const { port, environment, logger, now = () => Date.now() } = options;
  const directory = join(options.runDirectory, credentialFiles.verifyKeys);
  const keys = await openVerifyKeyFiles({ directory, logger, now });
  await using scope = new AsyncDisposableStack();
  const engine = { availabilityZone: 'loopback', host: '127.0.0.1', port };
  const { client } = scope.use(openSdk(engine, 'rpc-auth'));
  const judge = new Judge({ keys, environment, now, alarms: new AlarmLog({ logger, now }) });
  for (const role of credentialRoles) {
    client.registerFunction(authFunctionIds[role], (question: unknown) => judge.answer(role, question));
  }
  const { startMsMax = 15_000 } = options;
  try {
    await awaitRegistration(client, 'rpc-auth', AbortSignal.timeout(startMsMax));
  } catch (cause) {
    throw new DrydockError(
      'RPC_ENGINE_UNREACHABLE',
      `could not register the auth functions: no engine has answered on 127.0.0.1:${port} within ${startMsMax} ms; check that it listens there`,
      { cause },
    );
  }
  return scope.move();
}

/** More than a token can be at fault. */
type Refusal = RefusalReason | 'overloaded' | 'timeout' | 'failed';

interface JudgeParts {
  readonly keys: VerifyKeyFiles;
  readonly environment: string;
  readonly now: () => number;
  readonly alarms: AlarmLog;
}

class Judge {
  readonly #parts: JudgeParts;
  #open = 0;

  constructor(parts: JudgeParts) {
    this.#parts = parts;
  }

  /** @throws Error where the connection is refused: its peer reads the words, so they say no reason. */
  async answer(role: CredentialRole, question: unknown): Promise<AuthResult> {
    const [verdict] = await Promise.all([this.#judgeInTime(role, question), wait(answerMsMin)]);
    if (typeof verdict !== 'string') return verdict;
    const { data } = questionSchema.safeParse(question);
    const address = data === undefined ? 'unknown' : addressOf(data);
    this.#parts.alarms.note(
      { alarm: 'connection-refused', role, reason: verdict, address },
      'a connection was refused for its credential',
    );
    throw new Error('credential refused');
  }

  async #judgeInTime(role: CredentialRole, question: unknown): Promise<AuthResult | Refusal> {
    if (this.#open >= questionsAtOnceMax) return 'overloaded';
    this.#open += 1;
    const settled = new AbortController();
    const timeout = wait(answerMsMax, 'timeout' as const, { signal: settled.signal });
    timeout.catch(() => {});
    try {
      return await Promise.race([this.#judge(role, question), timeout]);
    } catch {
      return 'failed';
    } finally {
      settled.abort();
      this.#open -= 1;
    }
  }

  async #judge(role: CredentialRole, question: unknown): Promise<AuthResult | Refusal> {
    const { keys, environment, now } = this.#parts;
    const { headers } = questionSchema.parse(question);
    const verdict = await verifyCredential(headers.authorization, {
      role,
      environment,
      keys: await keys.keysOf(role),
      nowMs: now(),
    });
    return 'refusal' in verdict ? verdict.refusal : rightsOf(role, verdict.nodeId);
  }
}

const questionSchema = z.object({
  headers: z.record(z.string(), z.unknown()),
  ip_address: z.string(),
});
type Question = z.infer<typeof questionSchema>;

/** Behind the proxy that ends TLS, every connection comes from the loopback, and the proxy says from where really. */
function addressOf({ headers, ip_address }: Question): string {
  const forwarded = headers['x-forwarded-for'];
  const isLocal = ip_address === '127.0.0.1' || ip_address === '::1';
  const address = isLocal && typeof forwarded === 'string' ? forwarded : ip_address;
  return isIP(address) === 0 ? 'unknown' : address;
}
