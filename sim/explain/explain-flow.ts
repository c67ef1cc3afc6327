/**
 * A question about one flow as text: the verdict, and the way of a packet through every layer, there and back, with the
 * place marked where it breaks and the rule that decided, by address, file and line.
 */

import { visible } from '../escape.ts';
import type { ExplainedClass, JudgedPacket, LayerVerdict, VerdictExplanation } from '../prove/index.ts';
import { describeAnswers, describePorts } from './describe-answer.ts';

export interface ExplainedQuestion {
  readonly from: string;
  readonly to: string;
  /** `tcp/443`, `icmp echo`. */
  readonly traffic: string;
}

const PAIRS_MAX = 6;
const MARKS = { allow: 'ok  ', deny: 'DROP', unknown: '?   ' } as const;

export function explainFlow(question: ExplainedQuestion, explanation: VerdictExplanation): string {
  const { classes } = explanation;
  const title = `${question.from} → ${question.to}  ${question.traffic}`;
  const whole = explanation.isUniform
    ? describeAnswers(explanation)
    : 'differs from pair to pair; the least of them: '.concat(describeAnswers(explanation));
  return [title, whole, ...classes.flatMap((one) => ['', ...describeClass(one, classes.length > 1)]), '']
    .map(visible)
    .join('\n');
}

function describeClass(explained: ExplainedClass, isOneOfSeveral: boolean): readonly string[] {
  const { pairs, judgements } = explained;
  const shown = pairs.slice(0, PAIRS_MAX).map(({ from, to }) => `${from} → ${to}`);
  const rest = pairs.length - shown.length;
  const more = rest > 0 ? [`… and ${rest} more pairs`] : [];
  const heading = isOneOfSeveral ? [...shown, ...more, `  ${describeAnswers(explained)}`] : [];
  const isSingle = judgements.length === 1;
  const ways = judgements.flatMap((judged) => describeWay(judged, isSingle));
  const nothing = judgements.length === 0 ? ['  no packet can be told: see the reason above'] : [];
  return [...heading, ...nothing, ...ways];
}

function describeWay({ packet, sourcePorts, judgement }: JudgedPacket, isSingle: boolean): readonly string[] {
  const ports =
    sourcePorts === undefined || isSingle ? '' : ` from source ports ${describePorts(sourcePorts)}`;
  const ends = `${packet.source.address} → ${packet.destination.address}${ports}`;
  const back = judgement.back.length === 0 ? [] : ['  the answer', ...describeLayers(judgement.back)];
  return [`  ${ends}`, ...describeLayers(judgement.forward), ...back];
}

function describeLayers(layers: readonly LayerVerdict[]): readonly string[] {
  const broken = layers.findIndex(({ verdict }) => verdict === 'deny');
  return layers.map((layer, index) => {
    const isBehind = broken !== -1 && index > broken;
    const place =
      layer.file === undefined || layer.line === undefined ? '' : ` (${layer.file}:${layer.line})`;
    const cause = layer.cause === undefined ? '' : `: ${layer.cause.address}: ${layer.cause.reason}`;
    const mark = index === broken ? '  ✗ ' : isBehind ? '  · ' : '    ';
    const what = `${layer.layer} ${layer.direction}`.padEnd(24);
    const at = layer.at === layer.address ? '' : ` at ${layer.at}`;
    return `${mark}${MARKS[layer.verdict]} ${what} ${layer.address}${place}${at}: ${layer.text}${cause}`;
  });
}
