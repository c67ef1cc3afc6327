/**
 * What a caller may do: which models, which routes, and whether the admin API. What a credential does not narrow is allowed,
 * except the admin API, which has to be granted. Pure.
 */

import { z } from 'zod';

export interface Grant {
  /** Names, or beginnings of names followed by `*`. Absent: every model. */
  readonly models?: readonly string[];
  /** Paths of the route table, or beginnings followed by `*`. Absent: every route but those of the admin API. */
  readonly routes?: readonly string[];
  readonly isAdmin: boolean;
}

const pattern = z.string().regex(/^[^*]{0,256}\*?$/);

/** Fields of a credential's entry, in files and in the claims of a token. */
export const grantFields = {
  models: z.array(pattern).max(256).optional(),
  routes: z.array(pattern).max(256).optional(),
  admin: z.boolean().optional(),
};

const grantSchema = z.strictObject(grantFields);

/** A grant as it is written. */
export type GrantFields = z.infer<typeof grantSchema>;

export function toGrant({ models, routes, admin }: GrantFields): Grant {
  return {
    ...(models === undefined ? {} : { models }),
    ...(routes === undefined ? {} : { routes }),
    isAdmin: admin === true,
  };
}

/** @returns `undefined` where it is no grant, so that what cannot be read allows nothing. */
export function parseGrant(value: unknown): Grant | undefined {
  const parsed = grantSchema.safeParse(value);
  return parsed.success ? toGrant(parsed.data) : undefined;
}

export function allowsModel(grants: readonly Grant[], model: string): boolean {
  return grants.every(({ models }) => models === undefined || models.some((name) => matches(name, model)));
}

export interface AskedRoute {
  readonly path: string;
  readonly isAdmin: boolean;
}

export function allowsRoute(grants: readonly Grant[], route: AskedRoute): boolean {
  return grants.every(
    ({ routes, isAdmin }) =>
      (isAdmin || !route.isAdmin) &&
      (routes === undefined || routes.some((path) => matches(path, route.path))),
  );
}

function matches(name: string, asked: string): boolean {
  return name.endsWith('*') ? asked.startsWith(name.slice(0, -1)) : name === asked;
}
