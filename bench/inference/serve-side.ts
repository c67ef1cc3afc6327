/** The loop of a side's program: loads its engine, says so, and answers requests until its standard input ends. */

import { createInterface } from 'node:readline';
import type { Engine, SideReady, SideReply, SideRequest } from './side-protocol.ts';

/** @param open makes the engine of the settings that are the program's one argument. */
export async function serveSide<Settings>(open: (settings: Settings) => Promise<Engine>): Promise<void> {
  const settings: Settings = JSON.parse(process.argv[2] ?? '{}');
  const engine = await open(settings);
  say({ ready: true, what: engine.what });
  for await (const line of createInterface({ input: process.stdin })) {
    say(await answer(engine, JSON.parse(line)).catch(({ message }: Error) => ({ error: message })));
  }
  process.exit();
}

function say(message: SideReady | SideReply): void {
  process.stdout.write(`${JSON.stringify(message)}\n`);
}

async function answer(engine: Engine, request: SideRequest): Promise<SideReply> {
  switch (request.op) {
    case 'prefill':
      return { ms: await engine.prefill(request.ids) };
    case 'decode':
      return { ms: await engine.decode(request.prompts, request.tokens) };
    case 'first token':
      return { ms: await engine.firstToken(request.ids, request.cachedTokens) };
    case 'continue':
      return { ids: await engine.continueGreedily(request.ids, request.tokens) };
    case 'logits':
      await engine.writeLogits(request.ids, request.file);
      return {};
  }
}
