/** Holds a caller to what its credentials grant. */

import { DrydockError, type RpcErrorCode } from '../../rpc/errors.ts';
import type { GatewayErrorCode } from '../errors.ts';
import { type AskedRoute, allowsModel, allowsRoute } from './grant.ts';
import type { Principal } from './principal.ts';

/** @throws DrydockError GATEWAY_FORBIDDEN. Nobody at all may do nothing. */
export function authorizeRoute(principal: Principal | undefined, route: AskedRoute): void {
  if (principal !== undefined && allowsRoute(principal.grants, route)) return;
  throw new DrydockError<GatewayErrorCode>(
    'GATEWAY_FORBIDDEN',
    'could not serve the request: its credentials do not reach this address; ask whoever runs the gateway',
  );
}

export function mayUseModel(principal: Principal | undefined, model: string): boolean {
  return principal !== undefined && allowsModel(principal.grants, model);
}

/** @throws DrydockError RPC_MODEL_UNKNOWN: a model that is not granted looks like one that is not there. */
export function authorizeModel(principal: Principal | undefined, model: string): void {
  if (!mayUseModel(principal, model)) throw modelUnknown();
}

export function modelUnknown() {
  return new DrydockError<RpcErrorCode>(
    'RPC_MODEL_UNKNOWN',
    'could not find the model: no worker serves a model of that name; see GET /v1/models',
  );
}
