/** Our side as a program. What it loads is loaded after it starts, so that the bench times it as part of the load. */

import { serveSide } from './serve-side.ts';
import type { OurSettings } from './side-protocol.ts';

await serveSide<OurSettings>(async (settings) => (await import('./our-engine.ts')).openOurEngine(settings));
