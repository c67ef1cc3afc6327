/** The drill's deployment with workers that run no model: beside each, in its network, runs a server of the bench that it stands in front of. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { DrilledDeployment } from './drilled-deployment.ts';
import type { OpenedDrill } from './prepare-drill.ts';
import { deskSocket, type UpstreamDesk } from './upstream-desk.ts';

export interface UpstreamDeployment extends AsyncDisposable {
  readonly doors: DrilledDeployment['doors'];
  /** By the server's name. */
  readonly promptTokens: Readonly<Record<string, number>>;
}

/** The name that requests use. */
export const upstreamModelName = 'failover-bench';
const port = 8_000;
const slots = 4;
/** So many tokens has the prompt for the first server, and one more for each that follows. */
const promptTokensMin = 20;
/** As servers see it: their folders are below this one. */
const deskPath = `/run/drydock/desk/${deskSocket}`;

const program = fileURLToPath(new URL('./upstream-server.ts', import.meta.url));

export async function startUpstreamDeployment(
  { run, start }: OpenedDrill,
  desk: UpstreamDesk,
): Promise<UpstreamDeployment> {
  const promptTokens: Record<string, number> = {};
  const deployment = await start({
    model: writeModel(join(run.runDirectory, 'upstream-model')),
    async beforePrograms({ plan, startBeside }) {
      const workers = plan.nodes.filter((node) => node.program === 'worker').map(({ id }) => id);
      for (const [index, id] of workers.entries()) promptTokens[id] = promptTokensMin + index;
      const words = (id: string) => [deskPath, id, String(port), String(promptTokens[id])];
      const mounts = [{ source: desk.folder, target: 'desk', isReadOnly: true }];
      await Promise.all(
        workers.map((id) =>
          startBeside(id, { name: 'server', mounts, command: [process.execPath, program, ...words(id)] }),
        ),
      );
    },
  });
  const { doors } = deployment;
  return { doors, promptTokens, [Symbol.asyncDispose]: () => deployment[Symbol.asyncDispose]() };
}

function writeModel(directory: string) {
  const graphCacheDirectory = join(directory, 'cache');
  mkdirSync(graphCacheDirectory, { recursive: true });
  const model = {
    ...{ name: upstreamModelName, engine: 'openai', baseUrl: `http://127.0.0.1:${port}` },
    ...{ slots, contextTokens: 8_192 },
  };
  writeFileSync(join(directory, 'model.json'), `${JSON.stringify(model)}\n`);
  return { directory, graphCacheDirectory };
}
