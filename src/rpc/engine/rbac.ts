/**
 * What one connection of an rbac listener may do. Pure. The order of the decision is iii's: forbidden, allowed, the
 * functions that every worker needs, the listener's patterns, then no.
 * Without an auth function a session has the listener's defaults, and nothing proves who the peer is.
 */
import { z } from 'zod';
import { wordsOf } from './builtin-error.ts';

export interface SessionRights {
  /** Exact ids: iii reads patterns nowhere but in a listener's `exposeFunctions`. */
  readonly allowedFunctions: readonly string[];
  readonly forbiddenFunctions: readonly string[];
  /** Absent: every trigger type. */
  readonly allowedTriggerTypes?: readonly string[] | undefined;
  readonly allowTriggerTypeRegistration: boolean;
  readonly allowFunctionRegistration: boolean;
  /** Put before every id that the session registers, and stripped from the calls it receives. */
  readonly functionRegistrationPrefix?: string | undefined;
  /** What the auth function wants middleware and hooks to know. */
  readonly context: unknown;
}

/** Functions that are asked about registrations. They may rename them; any answer but an object refuses. */
export interface RegistrationHooks {
  readonly onFunctionRegistrationFunctionId?: string;
  readonly onTriggerRegistrationFunctionId?: string;
  readonly onTriggerTypeRegistrationFunctionId?: string;
}

export interface ListenerRbac extends RegistrationHooks {
  /** Asked about each new connection. Absent: every connection gets `defaultRights`. */
  readonly authFunctionId?: string;
  /** Ids, where `*` stands for any text. */
  readonly exposeFunctions: readonly string[];
  /**
   * Changes to iii's own defaults for a session that no auth function judged. iii has no such setting: there, only
   * the answer of an auth function takes rights away.
   */
  readonly defaultRights?: Partial<SessionRights>;
  /** How long the auth function may think before the connection is cut. Absent: without limit, as in iii. */
  readonly admissionMsMax?: number;
  /** Absent: none, as in iii. */
  readonly bounds?: RegistrationBounds;
}

export interface RegistrationBounds {
  /** Functions of one connection at a time; what is beyond is dropped. */
  readonly functionsMax: number;
  /** Of one registration as JSON, in UTF-16 units; a larger one is dropped. */
  readonly registrationBytesMax: number;
}

/** What a listener does to its connections. Neither: a connection may do anything. */
export interface ListenerRules {
  readonly rbac?: ListenerRbac;
  /** Answers every call in place of its function, but those of `engine::*`. */
  readonly middlewareFunctionId?: string;
}

export interface Session {
  readonly rights: SessionRights;
  /** undefined: the listener has no rbac. */
  readonly exposeFunctions: readonly string[] | undefined;
  readonly hooks: RegistrationHooks;
  readonly middlewareFunctionId: string | undefined;
  readonly bounds: RegistrationBounds | undefined;
}

export type CallVerdict = 'allowed' | 'forbidden' | 'not-exposed';

const infrastructureFunctions = [
  'engine::channels::create',
  'engine::workers::register',
  'engine::log::*',
  'engine::baggage::*',
] as const;

const initialRights: SessionRights = {
  allowedFunctions: [],
  forbiddenFunctions: [],
  allowTriggerTypeRegistration: false,
  allowFunctionRegistration: true,
  context: {},
};

/** @returns undefined for a listener without rules. */
export function sessionOf(rules: ListenerRules, rights: Partial<SessionRights> = {}): Session | undefined {
  const { rbac, middlewareFunctionId } = rules;
  if (rbac === undefined && middlewareFunctionId === undefined) return undefined;
  return {
    rights: { ...initialRights, allowTriggerTypeRegistration: rbac === undefined, ...rights },
    exposeFunctions: rbac?.exposeFunctions,
    hooks: rbac ?? {},
    middlewareFunctionId,
    bounds: rbac?.bounds,
  };
}

/**
 * Reads the answer of an auth function. `{}` is an acceptance with defaults; anything but an object is a refusal.
 * @returns the words of the refusal.
 */
export function parseAuthResult(value: unknown): Partial<SessionRights> | string {
  const parsed = authResultSchema.safeParse(value);
  if (!parsed.success) return wordsOf(parsed.error, value, 'AuthResult');
  const answer = parsed.data;
  return {
    allowedFunctions: answer.allowed_functions ?? [],
    forbiddenFunctions: answer.forbidden_functions ?? [],
    allowedTriggerTypes: answer.allowed_trigger_types ?? undefined,
    allowTriggerTypeRegistration: answer.allow_trigger_type_registration ?? false,
    allowFunctionRegistration: answer.allow_function_registration ?? true,
    functionRegistrationPrefix: answer.function_registration_prefix ?? undefined,
    context: answer.context ?? {},
  };
}

/** @param session undefined: a listener without rbac, where everything may be called. */
export function judgeCall(session: Session | undefined, functionId: string): CallVerdict {
  if (session === undefined) return 'allowed';
  const { rights, exposeFunctions } = session;
  if (rights.forbiddenFunctions.includes(functionId)) return 'forbidden';
  if (exposeFunctions === undefined || rights.allowedFunctions.includes(functionId)) return 'allowed';
  const isExposed = [...infrastructureFunctions, ...exposeFunctions].some((pattern) =>
    matches(pattern, functionId),
  );
  return isExposed ? 'allowed' : 'not-exposed';
}

export function mayBindTrigger(session: Session | undefined, triggerType: string): boolean {
  return session?.rights.allowedTriggerTypes?.includes(triggerType) ?? true;
}

/** The id under which the engine keeps what this session registers as `functionId`. */
export function storedFunctionId(session: Session | undefined, functionId: string): string {
  const prefix = session?.rights.functionRegistrationPrefix;
  return prefix === undefined ? functionId : `${prefix}::${functionId}`;
}

function matches(pattern: string, id: string): boolean {
  const [head = '', ...rest] = pattern.split('*');
  const tail = rest.pop();
  if (tail === undefined) return pattern === id;
  if (!id.startsWith(head) || id.length < head.length + tail.length || !id.endsWith(tail)) return false;
  let from = head.length;
  for (const part of rest) {
    const at = id.indexOf(part, from);
    if (at === -1) return false;
    from = at + part.length;
  }
  return from <= id.length - tail.length;
}

const ids = z.array(z.string()).nullish();
const authResultSchema = z.object({
  allowed_functions: ids,
  forbidden_functions: ids,
  allowed_trigger_types: ids,
  allow_trigger_type_registration: z.boolean().nullish(),
  allow_function_registration: z.boolean().nullish(),
  function_registration_prefix: z.string().nullish(),
  context: z.unknown().optional(),
});
