/** The other side as a program. What it loads is loaded after it starts, as on our side. */

import { serveSide } from '../inference/serve-side.ts';
import type { EngineSettings } from '../inference/side-protocol.ts';

await serveSide<EngineSettings>(async (settings) =>
  (await import('./llama-engine.ts')).openLlamaEngine(settings),
);
