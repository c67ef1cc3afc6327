/**
 * `drydock up`: model, network, programs, one question, one refused packet, and then it stays until it is told to stop.
 * Whatever ends it, everything it started ends with it.
 */
import { fileURLToPath } from 'node:url';
import { requireBalancerPrograms } from '../balancers/index.ts';
import { openControlServer } from '../control/index.ts';
import {
  openRunDirectory,
  planDeployment,
  prepareModel,
  requireFreePort,
  requireProxyPrograms,
  type StartedDeployment,
  startDeployment,
} from '../deployment/index.ts';
import { ask } from '../hands/ask-runtime.ts';
import { describeFault, describeHeal, describeRestart } from '../hands/describe-fault.ts';
import { handsMethods } from '../hands/methods.ts';
import { describeReload } from '../reload/index.ts';
import { shellQuote } from '../shell-quote.ts';
import { reportBalancers } from './balancer-report.ts';
import { sendRefusedPacket } from './refused-packet.ts';
import { reloadMethod } from './reload-method.ts';
import { progressBar, type Report, seconds } from './report.ts';

export interface UpOptions {
  readonly terraform?: string;
  readonly model?: string;
  readonly port?: number;
  readonly isOnce: boolean;
  readonly report: Report;
  readonly signal: AbortSignal;
}

const questionText = 'What is the capital of France?';
const answerTokensMax = 32;
const defaultTerraform = fileURLToPath(new URL('../../infra/synth/dev/main.tf.json', import.meta.url));

/** @returns the exit code: 0 it holds, 1 it does not. What could not be judged is thrown. */
export async function up(options: UpOptions): Promise<0 | 1> {
  const { report, signal } = options;
  const started = performance.now();
  const startedMs = Date.now();
  const plan = await planDeployment(options.terraform ?? defaultTerraform);
  const run = openRunDirectory(process.cwd());
  // Before the minutes that a download can take.
  requireBalancerPrograms(plan.balancers);
  requireProxyPrograms(plan);
  if (options.port !== undefined) await requireFreePort(options.port);
  const notes: string[] = [];
  const model = await report.step('Model', (progress) =>
    prepareModel({
      ...(options.model !== undefined && { model: options.model }),
      onStep: ({ step, done, total }) => progress(`${step} ${progressBar(done, total)}`),
      onNote: (message) => notes.push(message),
      signal,
    }),
  );
  for (const message of notes) report.fact('note', { message }, `  ${message}`);
  report.fact('model', { name: model.name, random: model.random }, `  ${model.name} answers`);

  const lost = Promise.withResolvers<never>();
  lost.promise.catch(() => undefined);
  await using deployment = await report.step(
    'Network: namespaces, routes, network ACLs, security groups',
    () =>
      startDeployment(plan, {
        modelDirectory: model.directory,
        cacheDirectory: model.graphCacheDirectory,
        apiKeysJson: run.apiKeysJson,
        logDirectory: run.logDirectory,
        stateDirectory: run.stateDirectory,
        flowLogs: { folder: run.flowLogDirectory },
        ...(options.port !== undefined && { port: options.port }),
        onNodeEnded: (id, how) => report.fact('node-ended', { id, how }, `  ${id} ${how}`),
        onNodeServing: (id) => report.fact('node-serving', { id }, `  ${id} serves again`),
        onHealed: (fault) =>
          report.fact(
            'healed',
            { healed: [fault] },
            `  ${fault.target}: its time is over, no longer ${fault.effect}`,
          ),
        onLost: lost.reject,
      }),
  );
  signal.throwIfAborted();
  await report.step(`Programs: ${plan.nodes.map(({ id }) => id).join(', ')}`, (progress) =>
    Promise.race([
      deployment.startPrograms((count) => progress(`${count} of ${plan.nodes.length} ready`)),
      lost.promise,
      aborted(signal),
    ]),
  );
  reportBalancers(report, deployment.balancerStates(), plan.balancers.notSimulated);

  report.fact('question', { text: questionText }, `\nAsked from the simulated internet: ${questionText}`);
  const asked = ask({
    url: deployment.url,
    apiKey: run.apiKey,
    text: questionText,
    maxTokens: answerTokensMax,
    signal,
    onText: (text) => report.answerText(text),
  });
  asked.catch(() => undefined);
  const answer = await Promise.race([asked, lost.promise]);
  report.fact(
    'answer',
    {
      ...answer,
      firstTokenMs: Math.round(answer.firstTokenMs),
      totalMs: Math.round(answer.totalMs),
      firstTokenSinceStartMs: Math.round(performance.now() - started - answer.totalMs + answer.firstTokenMs),
    },
    `\n  ${answer.completionTokens} tokens in ${seconds(answer.totalMs)}, first token after ${seconds(answer.firstTokenMs)}; finish reason: ${answer.finishReason}`,
  );
  const isRefused = await showRefusedPacket(deployment, report);
  if (options.isOnce) return isRefused ? 0 : 1;

  await using _control = await openControlServer(run.runDirectory, {
    ...handsMethods(deployment, {
      startedMs,
      apiKeyFile: run.apiKeyFile,
      onFault: (answer) => report.fact('fault', { ...answer }, `  ${describeFault(answer)}`),
      onHeal: (answer) => report.fact('healed', { ...answer }, `  ${describeHeal(answer)}`),
      onRestart: (answer) => report.fact('restarted', { ...answer }, `  ${describeRestart(answer)}`),
    }),
    reload: reloadMethod(deployment, (reloaded) =>
      report.fact('reloaded', { ...reloaded }, `\n${describeReload(reloaded).trimEnd()}`),
    ),
  });
  report.fact(
    'up',
    { url: deployment.url, apiKeyFile: run.apiKeyFile },
    curlText(deployment.url, run.apiKeyFile, answer.model),
  );
  await Promise.race([lost.promise, aborted(signal)]).catch((error: unknown) => {
    if (!signal.aborted) throw error;
  });
  report.fact('stopping', {}, '\nStopping.');
  return isRefused ? 0 : 1;
}

async function showRefusedPacket(deployment: StartedDeployment, report: Report): Promise<boolean> {
  const packet = await sendRefusedPacket(deployment);
  const where = `internet → ${packet.to} (${packet.address}) tcp/${packet.port}`;
  if (packet.refusedBy === undefined) {
    report.fact(
      'not-refused',
      { ...packet },
      `\nNOT REFUSED, or by no one rule: ${where}: ${packet.outcome}`,
    );
    return false;
  }
  const { address, text, layer, direction } = packet.refusedBy;
  report.fact(
    'refused',
    { ...packet },
    `\nRefused: ${where}\n  by ${address} (${layer}, ${direction})\n  ${text}`,
  );
  return true;
}

function curlText(url: string, apiKeyFile: string, model: string): string {
  const body = JSON.stringify({
    model,
    stream: true,
    temperature: 0,
    max_tokens: answerTokensMax,
    messages: [{ role: 'user', content: questionText }],
  });
  return [
    '\nUp until Ctrl-C. From another terminal:\n',
    `curl -N ${url}/v1/chat/completions -H "authorization: Bearer $(cat ${shellQuote(apiKeyFile)})" \\`,
    `  -H 'content-type: application/json' -d ${shellQuote(body)}`,
  ].join('\n');
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}
