/**
 * Where everything stands: the internet on top, each VPC below with a column for each zone and a row for each role of
 * subnets, a line of its own for each group of machines in a row, and the permitted flows in lanes to the right.
 */

import { groupNameOf } from '../prove/index.ts';
import type { VpcModel } from '../vpc/model.ts';
import { drawArrows } from './arrows.ts';
import type { DrawnFlow } from './drawn-flows.ts';
import { CHARACTER, COLUMN_GAP, type Drawing, HEADER, lineHeight, MARGIN } from './measures.ts';
import type { Entry, Picture } from './picture.ts';
import { chipText, drawRows } from './rows.ts';

const COLUMN_MIN = 190;
const COLUMN_MAX = 330;

export interface LayoutInput {
  readonly model: VpcModel;
  readonly flows: readonly DrawnFlow[];
  readonly title: string;
  readonly notes: readonly string[];
}

export function layOut({ model, flows, title, notes }: LayoutInput): Picture {
  const zones = [...new Set(model.subnets.map(({ availabilityZone }) => availabilityZone))].sort();
  const column = columnWidth(model);
  const columns = Math.max(1, zones.length) * (column + COLUMN_GAP) + COLUMN_GAP;
  const inner = Math.max(columns, ...model.vpcs.map((vpc) => edgeWidth(model, vpc.address)));
  const drawing: Drawing = { boxes: [], guides: [], bands: [] };
  const docks = (name: string) => flows.filter((flow) => flow.from === name || flow.to === name).length;
  let y = 64;
  y = drawOutside(drawing, { model, flows, docks, width: inner, y }) + 34;
  for (const { address, cidrs, ipv6Cidrs, place } of model.vpcs) {
    const context = { model, vpc: address, zones, column, docks, right: MARGIN + inner };
    const top = y;
    const bodyTop = top + HEADER + 34;
    const index = drawing.boxes.length;
    const bottom = drawRows(drawing, context, bodyTop);
    drawing.boxes.splice(index, 0, {
      x: MARGIN,
      y: top,
      width: inner,
      height: bottom - top,
      tone: 'vpc',
      title: address,
      subtitle: [...cidrs, ...ipv6Cidrs].join('  '),
      hint: place === undefined ? address : `${address}, ${place.file}:${place.line}`,
    });
    drawGateways(drawing, { model, vpc: address, y: top - 15, width: inner });
    y = bottom + 40;
  }
  const right = MARGIN + inner;
  const arrows = drawArrows(drawing.bands, flows, right);
  const lanes = Math.max(right, ...arrows.flatMap(({ points }) => points.map(({ x }) => x)));
  const entries: readonly Entry[] = arrows.map(({ number }, index) => {
    const flow = flows[index];
    if (flow === undefined) throw new TypeError('an arrow without its flow');
    return { number, standing: flow.standing, from: flow.from, to: flow.to, traffic: flow.traffic };
  });
  return {
    width: Math.max(lanes + MARGIN, 900),
    height: y + 30 + entries.length * 19 + notes.length * 17 + 40,
    title,
    ...drawing,
    arrows,
    entries,
    entriesY: y + 16,
    notes,
  };
}

function columnWidth(model: VpcModel): number {
  const longest = Math.max(
    0,
    ...model.subnets.map(({ address }) => address.length),
    ...model.interfaces.map((one) => chipText(groupNameOf(one.endpoint), 2).length),
  );
  return Math.min(COLUMN_MAX, Math.max(COLUMN_MIN, longest * CHARACTER + 34));
}

interface OutsideContext {
  readonly model: VpcModel;
  readonly flows: readonly DrawnFlow[];
  readonly docks: (name: string) => number;
  readonly width: number;
  readonly y: number;
}

/** The internet, and each of its ranges that a rule singles out. */
function drawOutside(drawing: Drawing, { flows, model, docks, width, y }: OutsideContext): number {
  const known = new Set([
    ...model.interfaces.map(({ endpoint }) => groupNameOf(endpoint)),
    ...model.gatewayEndpoints.map(({ address }) => address),
    ...model.unplaced.map(({ endpoint }) => groupNameOf(endpoint)),
  ]);
  const named = new Set(flows.flatMap(({ from, to }) => [from, to]).filter((name) => !known.has(name)));
  const names = ['internet', ...[...named].filter((name) => name !== 'internet').sort()];
  let at = y;
  for (const name of names) {
    const height = lineHeight(docks(name));
    drawing.boxes.push({ x: MARGIN, y: at, width, height, tone: 'outside', title: name, hint: name });
    drawing.bands.push({ name, y: at, height });
    at += height + 8;
  }
  return at;
}

interface GatewayContext {
  readonly model: VpcModel;
  readonly vpc: string;
  readonly y: number;
  readonly width: number;
}

/** Room for the VPC's name and its gateways beside it. */
function edgeWidth(model: VpcModel, vpc: string): number {
  const texts = [vpc, ...gatewaysOf(model, vpc)];
  return texts.reduce((sum, text) => sum + text.length * CHARACTER + 44, 0);
}

function gatewaysOf(model: VpcModel, vpc: string): readonly string[] {
  const peerings = model.peeringConnections.filter(
    ({ requester, accepter }) => requester === vpc || accepter === vpc,
  );
  return [
    ...[...model.internetGateways, ...model.egressOnlyInternetGateways]
      .filter((gateway) => gateway.vpc === vpc)
      .map(({ address }) => address),
    ...peerings.map(({ address, requester, accepter }) => {
      const other = requester === vpc ? accepter : requester;
      return `${address} ⇄ ${other}`;
    }),
  ];
}

/** On the upper edge of the VPC: what leads out of it. */
function drawGateways(drawing: Drawing, { model, vpc, y, width }: GatewayContext): void {
  const gateways = gatewaysOf(model, vpc);
  let x = MARGIN + width - 16;
  for (const title of gateways) {
    const boxWidth = title.length * CHARACTER + 24;
    x -= boxWidth + 10;
    drawing.boxes.push({ x, y, width: boxWidth, height: 28, tone: 'gateway', title, hint: title });
  }
}
