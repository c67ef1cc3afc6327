/** The embedded engine for one case. */
import { vi } from 'vitest';
import type { EngineMode } from '../../../../src/rpc/engine/mode.ts';
import type { CaseEngine, WireCase } from './case.ts';
import { startTestEngine } from './raw-peer.ts';

type Started = CaseEngine & AsyncDisposable;

/**
 * Peers of the cases do not say who they are, which 0.23 gives them five seconds for: that wait is left out but in the
 * case that is about it.
 */
export async function startEmbedded(
  { engine: options, passesTime }: Pick<WireCase, 'engine' | 'passesTime'>,
  mode: EngineMode,
): Promise<Started> {
  if (passesTime)
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval'] });
  const engine = await startTestEngine({ mode, registrationGraceMs: 0, ...options });
  return {
    ...engine,
    mode,
    pass: async (timeMs) => {
      await vi.advanceTimersByTimeAsync(timeMs);
    },
    async [Symbol.asyncDispose]() {
      vi.useRealTimers();
      await engine[Symbol.asyncDispose]();
    },
  };
}
