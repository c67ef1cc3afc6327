/**
 * The three listeners of the deployment. The security groups admit workers to one and gateways to the other; the third is for
 * the auth functions, on the loopback. On the workers' listener nothing can be called; on the gateways' one workers can, and
 * nothing can be registered; nobody binds a trigger. Who a peer is, its credential says: the auth functions judge it, and their
 * answer holds a worker to its own ids. With `credentials: 'none'` a peer is what its listener is for, one worker can
 * register the id of another, or of an engine function; for tests and runs by hand.
 */
import { authFunctionIds } from '../contract/auth-functions.ts';
import type { EngineListener } from './listener-runtime.ts';
import type { ListenerRbac } from './rbac.ts';

export interface DeploymentListenerOptions {
  readonly host: string;
  readonly workersPort: number;
  readonly gatewaysPort: number;
  /** Default `required`. */
  readonly credentials?: 'required' | 'none';
}

/** Whoever reaches it may do anything: it is open to the engine's own host alone. */
export function authListener(port: number): EngineListener {
  return { host: '127.0.0.1', port };
}

/** Workers' first, then gateways'. With credentials, to be opened when the engine has the auth functions. */
export function deploymentListeners(
  options: DeploymentListenerOptions,
): readonly [EngineListener, EngineListener] {
  const { host, workersPort, gatewaysPort, credentials = 'required' } = options;
  const rbac = credentials === 'required' ? judged : unjudged;
  return [
    { host, port: workersPort, rbac: { ...rbac.workers, ...bounds } },
    { host, port: gatewaysPort, rbac: { ...rbac.gateways, ...bounds } },
  ];
}

/** iii has none of them. A worker registers five functions, each with a few hundred bytes of metadata. */
const bounds = {
  // The auth functions answer within two seconds; the engine loses an answer now and then.
  admissionMsMax: 3000,
  bounds: { functionsMax: 16, registrationBytesMax: 64 * 1024 },
} satisfies Partial<ListenerRbac>;

/** iii's patterns belong to a listener and not to a role: this is why there are two of them. */
const judged: Record<'workers' | 'gateways', ListenerRbac> = {
  workers: { authFunctionId: authFunctionIds.worker, exposeFunctions: [] },
  gateways: { authFunctionId: authFunctionIds.gateway, exposeFunctions: ['infer::*'] },
};

const unjudged: Record<'workers' | 'gateways', ListenerRbac> = {
  workers: { exposeFunctions: [], defaultRights: { allowedTriggerTypes: [] } },
  gateways: {
    exposeFunctions: [
      'infer::*',
      'engine::functions::list',
      'engine::workers::list',
      'engine::health::check',
    ],
    defaultRights: { allowFunctionRegistration: false, allowedTriggerTypes: [] },
  },
};
