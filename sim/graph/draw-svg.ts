/** A picture as SVG text: no script, no font or image from elsewhere, everything escaped. */

import { xml } from '../escape.ts';
import type { Arrow, Box, Picture, Point, Standing, Tone } from './picture.ts';

interface Paint {
  readonly fill: string;
  readonly stroke: string;
  readonly text: string;
  readonly dash?: string;
  readonly radius: number;
}

const PAINTS: Readonly<Record<Tone, Paint>> = {
  outside: { fill: '#eef1f5', stroke: '#8894a3', text: '#1f2933', radius: 8 },
  vpc: { fill: '#fbfcfe', stroke: '#7b61c4', text: '#4a3590', radius: 10 },
  zone: { fill: 'none', stroke: '#4c8fbf', text: '#2c6a95', dash: '6 4', radius: 8 },
  public: { fill: '#eef8ec', stroke: '#5a9e4b', text: '#2f6b22', radius: 6 },
  private: { fill: '#e9f3fb', stroke: '#3f86b8', text: '#1f5c87', radius: 6 },
  isolated: { fill: '#eef0f4', stroke: '#6f7d90', text: '#3d4858', radius: 6 },
  unknown: { fill: '#f6f6f6', stroke: '#9aa0a8', text: '#4b5563', dash: '3 3', radius: 6 },
  gateway: { fill: '#ffffff', stroke: '#7b61c4', text: '#4a3590', radius: 13 },
  machine: { fill: '#ffffff', stroke: '#d27a1f', text: '#7a430a', radius: 5 },
  imagined: { fill: '#ffffff', stroke: '#d27a1f', text: '#7a430a', dash: '4 3', radius: 5 },
};

const STROKES: Readonly<Record<Standing, string>> = {
  works: '#1d7f4f',
  broken: '#c2410c',
  unknown: '#6b7280',
};
const DASHES: Readonly<Record<Standing, string>> = { works: '', broken: '7 4', unknown: '2 4' };
const MEANINGS: Readonly<Record<Standing, string>> = {
  works: 'works',
  broken: 'delivered, but the answer is lost for some or all source ports',
  unknown: 'cannot be told before apply',
};

export function drawSvg(picture: Picture): string {
  const width = Math.ceil(picture.width);
  const height = Math.ceil(picture.height);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="ui-sans-serif, Helvetica, Arial, sans-serif" font-size="12">`,
    '<defs>',
    ...(Object.keys(STROKES) as Standing[]).map(
      (standing) =>
        `<marker id="${standing}" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path d="M0 0 L8 4 L0 8 z" fill="${STROKES[standing]}"/></marker>`,
    ),
    '</defs>',
    `<rect width="${width}" height="${height}" fill="#ffffff"/>`,
    `<text x="24" y="38" font-size="18" font-weight="600" fill="#1f2933">${xml(picture.title)}</text>`,
    ...picture.boxes.filter(isFrame).map(drawBox),
    ...picture.guides.map(
      ({ from, to }) =>
        `<line x1="${round(from.x)}" y1="${round(from.y)}" x2="${round(to.x)}" y2="${round(to.y)}" stroke="#d9b48a" stroke-width="1"/>`,
    ),
    ...picture.boxes.filter((box) => !isFrame(box)).map(drawBox),
    ...picture.arrows.map(drawArrow),
    ...picture.arrows.map(drawLabel),
    ...drawEntries(picture),
    '</svg>',
    '',
  ].join('\n');
}

function isFrame({ tone }: Box): boolean {
  return tone !== 'machine' && tone !== 'imagined' && tone !== 'gateway';
}

function drawBox(box: Box): string {
  const paint = PAINTS[box.tone];
  const isChip = !isFrame(box) || box.tone === 'outside';
  const dash = paint.dash === undefined ? '' : ` stroke-dasharray="${paint.dash}"`;
  const room = Math.floor((box.width - 16) / 6.4);
  const titleY = isChip ? box.y + box.height / 2 + 4 : box.y + 16;
  const title = text({ x: box.x + (isChip ? 12 : 10), y: titleY }, clip(box.title, room), {
    fill: paint.text,
    weight: isChip ? '400' : '600',
  });
  const subtitle =
    box.subtitle === undefined
      ? ''
      : text({ x: box.x + 10, y: box.y + 31 }, clip(box.subtitle, room), { fill: '#5b6673', weight: '400' });
  return [
    '<g>',
    `<title>${lines(box.hint)}</title>`,
    `<rect x="${round(box.x)}" y="${round(box.y)}" width="${round(box.width)}" height="${round(box.height)}" rx="${paint.radius}" fill="${paint.fill}" stroke="${paint.stroke}"${dash}/>`,
    title,
    subtitle,
    '</g>',
  ].join('');
}

function drawArrow({ points, standing, hint }: Arrow): string {
  const dash = DASHES[standing] === '' ? '' : ` stroke-dasharray="${DASHES[standing]}"`;
  const [start] = points;
  const dot =
    start === undefined
      ? ''
      : `<circle cx="${round(start.x)}" cy="${round(start.y)}" r="2.6" fill="${STROKES[standing]}"/>`;
  return `<g><title>${lines(hint)}</title><polyline points="${points.map(({ x, y }) => `${round(x)},${round(y)}`).join(' ')}" fill="none" stroke="${STROKES[standing]}" stroke-width="1.5"${dash} marker-end="url(#${standing})"/>${dot}</g>`;
}

/** On the line that arrives, in a halo, so that it reads over other lines. */
function drawLabel({ points, standing, number, label }: Arrow): string {
  const end = points.at(-1);
  if (end === undefined) return '';
  return `<text x="${round(end.x + 12)}" y="${round(end.y - 3)}" font-size="10" fill="${STROKES[standing]}" stroke="#ffffff" stroke-width="3" paint-order="stroke">${number} ${xml(label)}</text>`;
}

function drawEntries({ entries, entriesY, notes }: Picture): readonly string[] {
  const lines = entries.map(({ number, standing, from, to, traffic }, index) => {
    const remark = standing === 'works' ? '' : `   (${MEANINGS[standing]})`;
    return text(
      { x: 24, y: entriesY + 24 + index * 19 },
      `${number}   ${from} → ${to}   ${traffic}${remark}`,
      {
        fill: STROKES[standing],
        weight: '400',
      },
    );
  });
  const notesY = entriesY + 24 + entries.length * 19 + 10;
  return [
    text({ x: 24, y: entriesY }, 'Permitted flows', { fill: '#1f2933', weight: '600' }),
    ...lines,
    ...notes.map((note, index) =>
      text({ x: 24, y: notesY + index * 17 }, note, { fill: '#5b6673', weight: '400' }),
    ),
  ];
}

function text(at: Point, content: string, style: { readonly fill: string; readonly weight: string }): string {
  return `<text x="${round(at.x)}" y="${round(at.y)}" fill="${style.fill}" font-weight="${style.weight}">${xml(content)}</text>`;
}

function clip(content: string, characters: number): string {
  return content.length <= characters ? content : `${content.slice(0, Math.max(1, characters - 1))}…`;
}

function lines(hint: string): string {
  return hint.split('\n').map(xml).join('\n');
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
