/** What a peer did that no peer of ours does. Says nothing of what a frame held. */
export type IncidentKind =
  /** Its auth function had not answered in time. */
  | 'admission-timeout'
  /** No frame of the protocol: ignored, as iii does. */
  | 'frame-unreadable'
  /** The connection is cut, as iii does. */
  | 'frame-too-large'
  /** More functions, or larger ones, than its listener takes. */
  | 'registration-refused';

export interface Incident {
  readonly kind: IncidentKind;
  /** Of the peer, or of the proxy before it. */
  readonly address: string;
}
