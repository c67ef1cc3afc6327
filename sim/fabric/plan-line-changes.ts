/**
 * From the `ip -batch` lines that a namespace has to those that it is to have: only what differs, routes replaced where they
 * stand, so that no packet finds a table without them. Pure.
 */

export interface LineChange {
  /** In the order in which they run; what goes comes last. */
  readonly lines: readonly string[];
  /** Takes back what `lines` do. */
  readonly undo: readonly string[];
}

/** @param before lines in force. */
export function planLineChanges(before: readonly string[], after: readonly string[]): LineChange {
  const [had, has] = [new Set(before), new Set(after)];
  const gone = before.filter((line) => !has.has(line));
  const fresh = after.filter((line) => !had.has(line));
  return { lines: steps(gone, fresh), undo: steps(fresh, gone) };
}

function steps(gone: readonly string[], fresh: readonly string[]): readonly string[] {
  const places = new Set(fresh.flatMap((line) => routePlace(line) ?? []));
  const held = new Set(gone.flatMap((line) => routePlace(line) ?? []));
  const added = fresh.map((line) => {
    const place = routePlace(line);
    return place !== undefined && held.has(place) ? line.replace('route add', 'route replace') : line;
  });
  const removed = gone.flatMap((line) => {
    const place = routePlace(line);
    return place !== undefined && places.has(place) ? [] : inverse(line);
  });
  return [...added, ...removed.reverse()];
}

/** Destination and table: a table has one route for a destination. */
function routePlace(line: string): string | undefined {
  const [, destination] = /^route add ((?:local |throw )?\S+) /.exec(line) ?? [];
  if (destination === undefined) return undefined;
  const [, table = 'main'] = / table (\S+)/.exec(line) ?? [];
  return `${destination} ${table}`;
}

function inverse(line: string): readonly string[] {
  const [, kind, verb, rest = ''] = /^(route|rule|addr) (add|del) (.*)$/.exec(line) ?? [];
  // A link that was brought up goes with its end, or stays up.
  if (kind === undefined) return [];
  const counterpart = verb === 'add' ? 'del' : 'add';
  return [`${kind} ${counterpart} ${kind === 'addr' ? rest.replace(/ (nodad|noprefixroute)/g, '') : rest}`];
}
