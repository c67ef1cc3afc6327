/**
 * The two listeners of the deployment. The security groups admit workers to one and gateways to the other.
 * Enforced here without credentials: on the workers' listener nothing can be called but what every worker needs, and no
 * trigger can be bound; on the gateways' one only `infer::*` and the lists below, and nothing can be registered.
 * Not enforced without credentials: who a worker is. One worker can register the id of another, or of an engine
 * function, and any connection can answer a call whose id it knows.
 */
import type { EngineListener } from './listener-runtime.ts';

export function deploymentListeners(options: {
  readonly host: string;
  readonly workersPort: number;
  readonly gatewaysPort: number;
}): readonly EngineListener[] {
  const { host } = options;
  return [
    {
      host,
      port: options.workersPort,
      rbac: { exposeFunctions: [], defaultRights: { allowedTriggerTypes: [] } },
    },
    {
      host,
      port: options.gatewaysPort,
      rbac: {
        exposeFunctions: [
          'infer::*',
          'engine::functions::list',
          'engine::workers::list',
          'engine::health::check',
        ],
        defaultRights: { allowFunctionRegistration: false, allowedTriggerTypes: [] },
      },
    },
  ];
}
