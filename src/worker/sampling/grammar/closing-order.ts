/**
 * In which order states are left that read no byte on their way: each after all from which it can be reached without one, so that what may
 * lie under it is known as a whole when it is looked at. Where ways go round in a circle no order does. Pure.
 */

import type { State } from './automaton.ts';

/** Of automata that are finished: several look at one. */
const known = new WeakMap<readonly State[], Int32Array>();

/** @returns a rank for each state; lower ones come first. */
export function closingOrder(states: readonly State[]): Int32Array {
  const ranks = known.get(states) ?? orderOf(states);
  known.set(states, ranks);
  return ranks;
}

function orderOf(states: readonly State[]): Int32Array {
  const { owners, shared } = ownersOf(states);
  const ways = waysWithoutBytes(states, { owners, shared });
  return ranksOf(ways).subarray(0, states.length);
}

interface Rules {
  /** Start of a rule to which a state belongs; -1: to none that is called. */
  readonly owners: Int32Array;
  /** Rules that have states of another: their start, and that of the other. */
  readonly shared: readonly (readonly [rule: number, owner: number])[];
}

function ownersOf(states: readonly State[]): Rules {
  const owners = new Int32Array(states.length).fill(-1);
  const shared: [number, number][] = [];
  const rules = new Set(states.flatMap(({ calls }) => calls.map(({ rule }) => rule)));
  for (const rule of rules) {
    const waiting = [rule];
    for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) {
      const owner = owners[at] ?? -1;
      if (owner === rule) continue;
      if (owner !== -1) {
        shared.push([rule, owner]);
        continue;
      }
      owners[at] = rule;
      const state = states[at];
      if (state === undefined) continue;
      for (const { to } of state.edges) waiting.push(to);
      for (const to of state.epsilons) waiting.push(to);
      for (const { next } of state.calls) waiting.push(next);
    }
  }
  return { owners, shared };
}

/** @returns for each state, and behind them for the end of each rule by its start, where it leads. */
function waysWithoutBytes(states: readonly State[], { owners, shared }: Rules): readonly number[][] {
  const endOf = (rule: number) => states.length + rule;
  const ways: number[][] = Array.from({ length: 2 * states.length }, () => []);
  const add = (from: number, to: number) => ways[from]?.push(to);
  for (const [at, { epsilons, calls, isFinal }] of states.entries()) {
    for (const to of epsilons) add(at, to);
    for (const { rule, next } of calls) {
      add(at, rule);
      add(endOf(rule), next);
    }
    const owner = owners[at] ?? -1;
    if (isFinal && owner !== -1) add(at, endOf(owner));
  }
  for (const [rule, owner] of shared) add(endOf(owner), endOf(rule));
  return ways;
}

/** Depth first, without recursion: who is finished last comes first. */
function ranksOf(ways: readonly (readonly number[])[]): Int32Array {
  const ranks = new Int32Array(ways.length);
  const isSeen = new Uint8Array(ways.length);
  let rank = ways.length;
  for (let root = 0; root < ways.length; root++) {
    if (isSeen[root] === 1) continue;
    isSeen[root] = 1;
    const path = [{ at: root, tried: 0 }];
    for (let top = path.at(-1); top !== undefined; top = path.at(-1)) {
      const next = ways[top.at]?.[top.tried];
      top.tried++;
      if (next === undefined) {
        ranks[top.at] = --rank;
        path.pop();
      } else if (isSeen[next] === 0) {
        isSeen[next] = 1;
        path.push({ at: next, tried: 0 });
      }
    }
  }
  return ranks;
}
