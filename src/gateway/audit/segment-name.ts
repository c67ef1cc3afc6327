/** Names of the files that hold a chain. A file is open while it is written, sealed when it is whole, and shipped when the store has it. Pure. */

export type SegmentState = 'open' | 'sealed' | 'shipped';

export interface Segment {
  readonly chain: string;
  /** Number of its first record. */
  readonly firstSeq: number;
  readonly state: SegmentState;
}

const endings: Readonly<Record<SegmentState, string>> = {
  open: '.jsonl.open',
  sealed: '.jsonl',
  shipped: '.jsonl.shipped',
};

const form = /^([A-Za-z0-9._-]{1,160})\.(\d{12})\.jsonl(\.open|\.shipped)?$/;

export function segmentName({ chain, firstSeq, state }: Segment): string {
  return `${chain}.${String(firstSeq).padStart(12, '0')}${endings[state]}`;
}

export function parseSegmentName(name: string): Segment | undefined {
  const [, chain, first, ending] = form.exec(name) ?? [];
  if (chain === undefined) return undefined;
  const state = ending === '.open' ? 'open' : ending === '.shipped' ? 'shipped' : 'sealed';
  return { chain, firstSeq: Number(first), state };
}
