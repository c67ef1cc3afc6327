/** Refuses what does not come from an address that may call, before anything else is looked at. Public addresses are for everybody: a load balancer asks there. */

import type { MiddlewareHandler } from 'hono';
import { DrydockError } from '../../rpc/errors.ts';
import { unknownConnection } from '../connection.ts';
import type { GatewayErrorCode } from '../errors.ts';
import type { GatewayEnv } from '../request-record.ts';
import type { AddressList } from './address-list.ts';
import type { IsPublic } from './authenticate.ts';
import { clientAddress } from './client-address.ts';

export interface AddressSettings {
  /** Absent: all. */
  readonly allowed?: AddressList;
  /** Whose X-Forwarded-For, and whose word on client certificates, is believed. Absent: nobody's. */
  readonly trustedProxies?: AddressList;
}

export function admitAddress(
  { allowed, trustedProxies }: AddressSettings,
  isPublic: IsPublic,
): MiddlewareHandler<GatewayEnv> {
  return async function admitOneAddress(context, next) {
    const { peerAddress } = context.env?.connection ?? unknownConnection;
    const forwardedFor = context.req.header('x-forwarded-for');
    const client = clientAddress({ peerAddress, forwardedFor, trustedProxies });
    if (client !== undefined) context.get('record').client = client;
    const isAllowed = allowed === undefined || (client !== undefined && allowed.has(client));
    if (!isAllowed && !isPublic(context.req.method, context.req.path)) throw addressRefused();
    await next();
  };
}

function addressRefused() {
  return new DrydockError<GatewayErrorCode>(
    'GATEWAY_ADDRESS_REFUSED',
    'could not serve the request: it does not come from an address that may call this gateway; ask whoever runs it',
  );
}
