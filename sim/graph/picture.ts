/** What a drawing consists of: boxes, chips, lines and words at places in pixels. Pure; `draw-svg.ts` writes it out. */

export type Tone =
  | 'public'
  | 'private'
  | 'isolated'
  | 'unknown'
  | 'vpc'
  | 'zone'
  | 'outside'
  | 'gateway'
  | 'machine'
  | 'imagined';

/** How a flow stands: it works, its answer is lost for some or all source ports, or it cannot be told. */
export type Standing = 'works' | 'broken' | 'unknown';

export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly tone: Tone;
  readonly title: string;
  readonly subtitle?: string;
  /** Shown when a pointer rests on it. */
  readonly hint: string;
}

export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface Arrow {
  readonly points: readonly Point[];
  readonly standing: Standing;
  readonly number: number;
  readonly label: string;
  readonly hint: string;
}

/** A thin line without meaning of its own: it ties the members of a group together across zones. */
export interface Guide {
  readonly from: Point;
  readonly to: Point;
}

export interface Entry {
  readonly number: number;
  readonly standing: Standing;
  readonly from: string;
  readonly to: string;
  readonly traffic: string;
}

export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly title: string;
  readonly boxes: readonly Box[];
  readonly guides: readonly Guide[];
  readonly arrows: readonly Arrow[];
  /** The list below the drawing, in the order of the numbers. */
  readonly entries: readonly Entry[];
  readonly entriesY: number;
  /** What could not be judged or drawn, in words. */
  readonly notes: readonly string[];
}
