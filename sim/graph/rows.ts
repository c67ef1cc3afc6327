/** One VPC from the inside: zones as columns, subnets of one role as rows, groups of machines as lines across a row. */

import { groupNameOf } from '../prove/index.ts';
import type { NetworkInterface, Subnet, VpcModel } from '../vpc/model.ts';
import { COLUMN_GAP, type Drawing, HEADER, lineHeight, MARGIN } from './measures.ts';
import type { Box } from './picture.ts';
import { type SubnetRow, subnetRows } from './subnet-rows.ts';

const CHIP = 24;

export interface VpcContext {
  readonly model: VpcModel;
  readonly vpc: string;
  readonly zones: readonly string[];
  readonly column: number;
  readonly docks: (name: string) => number;
  /** Edge of the VPC, where arrows dock. */
  readonly right: number;
}

export function drawRows(drawing: Drawing, context: VpcContext, top: number): number {
  const { model, vpc, zones, column } = context;
  const rows = subnetRows(model, vpc);
  const zonesAt = drawing.boxes.length;
  let y = top;
  for (const row of rows) y = drawRow(drawing, context, { row, y }) + 16;
  const endpoints = model.gatewayEndpoints.filter((endpoint) => endpoint.vpc === vpc);
  const zoneBottom = y - 4;
  const zoneBoxes = zones.map(
    (zone, index): Box => ({
      x: columnX(index, column) - 8,
      y: top - 30,
      width: column + 16,
      height: zoneBottom - top + 34,
      tone: 'zone',
      title: zone,
      hint: `availability zone ${zone}`,
    }),
  );
  drawing.boxes.splice(zonesAt, 0, ...zoneBoxes);
  y += 8;
  for (const { address, service } of endpoints) {
    const height = lineHeight(context.docks(address));
    const width = context.right - COLUMN_GAP - columnX(0, column);
    const title = `${address} (${service})`;
    drawing.boxes.push({
      x: columnX(0, column),
      y,
      width,
      height,
      tone: 'gateway',
      title,
      hint: `gateway endpoint of ${service}`,
    });
    drawing.bands.push({ name: address, y, height });
    y += height + 8;
  }
  return y + 8;
}

function columnX(index: number, column: number): number {
  return MARGIN + COLUMN_GAP + index * (column + COLUMN_GAP);
}

function drawRow(
  drawing: Drawing,
  context: VpcContext,
  { row, y }: { readonly row: SubnetRow; readonly y: number },
): number {
  const { model, zones, column } = context;
  const cells = zones.map((zone) => row.byZone.get(zone) ?? []);
  const stacked = Math.max(1, ...cells.map((cell) => cell.length));
  let at = y;
  for (let level = 0; level < stacked; level += 1) {
    const subnets = cells.map((cell) => cell[level]);
    const present = subnets.filter((subnet) => subnet !== undefined);
    const nats = model.natGateways.filter(({ subnet }) => present.some(({ address }) => address === subnet));
    const inside = model.interfaces.filter((one) => present.some(({ address }) => address === one.subnet));
    const groups = [...new Set(inside.map(({ endpoint }) => groupNameOf(endpoint)))];
    const lines = groups.map((name) => ({ name, height: lineHeight(context.docks(name)) }));
    const height =
      HEADER + lines.reduce((sum, line) => sum + line.height, 0) + (nats.length > 0 ? CHIP + 10 : 0) + 8;
    subnets.forEach((subnet, index) => {
      if (subnet === undefined) return;
      drawSubnet(drawing, { subnet, row, x: columnX(index, column), y: at, width: column, height });
      const nat = nats.find((one) => one.subnet === subnet.address);
      if (nat !== undefined) {
        drawing.boxes.push(
          chip(
            { x: columnX(index, column), y: at + height - CHIP - 8, width: column },
            nat.address,
            'gateway',
          ),
        );
      }
    });
    let line = at + HEADER;
    for (const { name, height: lineSize } of lines) {
      drawGroup(drawing, { name, inside, subnets, column, y: line, height: lineSize, right: context.right });
      line += lineSize;
    }
    at += height + 12;
  }
  return at - 12;
}

interface SubnetPlace {
  readonly subnet: Subnet;
  readonly row: SubnetRow;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

function drawSubnet(drawing: Drawing, { subnet, row, ...place }: SubnetPlace): void {
  const { address, cidr, ipv6Cidr, networkAcl, routeTable } = subnet;
  drawing.boxes.push({
    ...place,
    tone: row.tier,
    title: address,
    subtitle: `${cidr}${ipv6Cidr === undefined ? '' : `  ${ipv6Cidr}`}  ${row.tier}`,
    hint: `${address}: network ACL ${networkAcl}, route table ${routeTable}`,
  });
}

interface GroupPlace {
  readonly name: string;
  readonly inside: readonly NetworkInterface[];
  readonly subnets: readonly (Subnet | undefined)[];
  readonly column: number;
  readonly y: number;
  readonly height: number;
  readonly right: number;
}

function drawGroup(drawing: Drawing, { name, inside, subnets, column, y, height, right }: GroupPlace): void {
  const middle = y + height / 2;
  const first = subnets.findIndex((subnet) => isMemberIn(inside, name, subnet));
  drawing.guides.push({
    from: { x: columnX(first, column) + column / 2, y: middle },
    to: { x: right, y: middle },
  });
  subnets.forEach((subnet, index) => {
    const members = inside.filter(
      (one) => groupNameOf(one.endpoint) === name && one.subnet === subnet?.address,
    );
    if (members.length === 0) return;
    const tone = members.every(({ kind }) => kind === 'imagined') ? 'imagined' : 'machine';
    const hint = members
      .map(({ endpoint, privateAddress, publicAddress, securityGroups }) =>
        [endpoint, privateAddress, publicAddress ?? '', securityGroups.join(' + ')]
          .filter(Boolean)
          .join('  '),
      )
      .join('\n');
    const box = chip(
      { x: columnX(index, column), y: middle - CHIP / 2, width: column },
      chipText(name, members.length),
      tone,
    );
    drawing.boxes.push({ ...box, hint });
  });
  drawing.bands.push({ name, y, height });
}

function isMemberIn(inside: readonly NetworkInterface[], name: string, subnet: Subnet | undefined): boolean {
  return inside.some((one) => groupNameOf(one.endpoint) === name && one.subnet === subnet?.address);
}

function chip(
  place: { readonly x: number; readonly y: number; readonly width: number },
  title: string,
  tone: Box['tone'],
): Box {
  return { x: place.x + 10, y: place.y, width: place.width - 20, height: CHIP, tone, title, hint: title };
}

export function chipText(name: string, count: number): string {
  return count > 1 ? `${name} ×${count}` : name;
}
