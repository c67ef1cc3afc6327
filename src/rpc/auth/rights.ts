/**
 * What a node may do at an engine once it is known who it is, in iii's own words for it (its AuthResult). Pure.
 * A worker registers under its own id alone, for the engine puts the prefix before whatever it registers, and may call
 * nothing; a gateway registers nothing, and may call workers (its listener exposes them) and what follows here.
 * Nobody binds a trigger: with one, the engine would call for a session what the session itself may not.
 */
import type { CredentialRole } from '../contract/credential.ts';
import { workerPrefix } from '../contract/worker.ts';

export interface AuthResult {
  readonly allowed_functions: readonly string[];
  readonly forbidden_functions: readonly string[];
  readonly allowed_trigger_types: readonly string[];
  readonly allow_trigger_type_registration: boolean;
  readonly allow_function_registration: boolean;
  readonly function_registration_prefix?: string;
  readonly context: Readonly<Record<string, string>>;
}

const gatewayFunctions = ['engine::functions::list', 'engine::workers::list', 'engine::health::check'];

export function rightsOf(role: CredentialRole, nodeId: string): AuthResult {
  const common = {
    allowed_trigger_types: [],
    allow_trigger_type_registration: false,
    context: { role, node: nodeId },
  };
  if (role === 'gateway') {
    return {
      ...common,
      allowed_functions: gatewayFunctions,
      forbidden_functions: [],
      allow_function_registration: false,
    };
  }
  return {
    ...common,
    allowed_functions: [],
    // Every session may open channels, and an engine has room for so many: workers need none of their own.
    forbidden_functions: ['engine::channels::create'],
    allow_function_registration: true,
    function_registration_prefix: workerPrefix(nodeId),
  };
}
