/** Takes out of an automaton what can never end, so that every way which is left leads to a whole answer. */

import type { Automaton, State } from './automaton.ts';
import { schemaInvalid } from './schema-error.ts';

/**
 * Changes `states` in place.
 * @throws DrydockError WORKER_SCHEMA_INVALID when nothing can be read from `start`.
 */
export function trimAutomaton(states: readonly State[], start: number): Automaton {
  const canEnd = findEnding(states);
  if (canEnd[start] !== 1) throw schemaInvalid('no value satisfies it', 'check what it requires of itself');
  for (const state of states) {
    keepOnly(state.edges, ({ to }) => canEnd[to] === 1);
    keepOnly(state.epsilons, (to) => canEnd[to] === 1);
    keepOnly(state.calls, ({ rule, next }) => canEnd[rule] === 1 && canEnd[next] === 1);
  }
  return { states, start };
}

/** By state: 1 if a rule's end can be reached from it. */
function findEnding(states: readonly State[]): Uint8Array {
  const canEnd = new Uint8Array(states.length);
  const users: number[][] = states.map(() => []);
  for (const [from, { edges, epsilons, calls }] of states.entries()) {
    for (const { to } of edges) users[to]?.push(from);
    for (const to of epsilons) users[to]?.push(from);
    for (const { rule, next } of calls) {
      users[rule]?.push(from);
      users[next]?.push(from);
    }
  }
  const waiting = [...states.keys()].filter((state) => states[state]?.isFinal);
  for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) {
    if (canEnd[at] === 1) continue;
    canEnd[at] = 1;
    for (const user of users[at] ?? [])
      if (canEnd[user] === 0 && canGoOn(states[user], canEnd)) waiting.push(user);
  }
  return canEnd;
}

function canGoOn(state: State | undefined, canEnd: Uint8Array): boolean {
  if (state === undefined) return false;
  return (
    state.edges.some(({ to }) => canEnd[to] === 1) ||
    state.epsilons.some((to) => canEnd[to] === 1) ||
    state.calls.some(({ rule, next }) => canEnd[rule] === 1 && canEnd[next] === 1)
  );
}

function keepOnly<T>(items: T[], isKept: (item: T) => boolean): void {
  const kept = items.filter(isKept);
  items.length = 0;
  items.push(...kept);
}
