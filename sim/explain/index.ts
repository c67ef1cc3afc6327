export { type MovedCounter, movedCounters, refusals } from './moved-counters.ts';
