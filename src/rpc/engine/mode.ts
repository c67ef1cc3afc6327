/** The two releases of iii whose wire behaviour the engine has, and where they differ beyond a duplicate id. */

export type EngineMode = '0.22' | '0.23';

export const engineModes = ['0.22', '0.23'] as const satisfies readonly EngineMode[];

/** The release that each mode was seen on. */
export const engineVersions: Readonly<Record<EngineMode, string>> = {
  '0.22': '0.22.1',
  '0.23': '0.23.0-rc.4',
};

/** 0.23 keeps everything in namespaces. This engine knows the one that peers are in unless they ask for another. */
export const namespace = 'default';

/** What every row of a list carries in 0.23. */
export function namespaceOf(mode: EngineMode): { readonly namespace?: string } {
  return mode === '0.23' ? { namespace } : {};
}
