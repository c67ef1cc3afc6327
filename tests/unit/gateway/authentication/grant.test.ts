import { expect, it } from 'vitest';
import { allowsModel, allowsRoute, parseGrant } from '../../../../src/gateway/authentication/grant.ts';

const everything = { isAdmin: false };
const admin = { isAdmin: true };

it.each([
  [[everything], 'gemma', true],
  [[{ ...everything, models: ['gemma'] }], 'gemma', true],
  [[{ ...everything, models: ['gemma'] }], 'gemma-3', false],
  [[{ ...everything, models: ['gemma*'] }], 'gemma-3', true],
  [[{ ...everything, models: ['*'] }], 'gemma', true],
  [[{ ...everything, models: [] }], 'gemma', false],
  [[everything, { ...everything, models: ['other'] }], 'gemma', false],
])('%j allows the model %s: %s', (grants, model, isAllowed) => {
  expect(allowsModel(grants, model)).toBe(isAllowed);
});

it.each([
  [[everything], { path: '/v1/models', isAdmin: false }, true],
  [[everything], { path: '/admin/keys', isAdmin: true }, false],
  [[admin], { path: '/admin/keys', isAdmin: true }, true],
  [[admin, everything], { path: '/admin/keys', isAdmin: true }, false],
  // A path alone is no right to what asks for one by name.
  [[{ ...everything, routes: ['*'] }], { path: '/admin/keys', isAdmin: true }, false],
  [[{ ...admin, routes: ['/v1/*'] }], { path: '/admin/keys', isAdmin: true }, false],
  [[{ ...everything, routes: ['/v1/models'] }], { path: '/v1/models/:model{.+}', isAdmin: false }, false],
])('%j allows the route %j: %s', (grants, route, isAllowed) => {
  expect(allowsRoute(grants, route)).toBe(isAllowed);
});

it.each([undefined, null, 'all', [], { models: 'all' }, { models: ['a'], more: true }, { admin: 'yes' }])(
  'takes %j for no grant',
  (value) => {
    expect(parseGrant(value)).toBeUndefined();
  },
);

it('takes nothing said for no narrowing, and for no administrator', () => {
  expect(parseGrant({})).toEqual({ isAdmin: false });
});
