/** What a listener knows of the connection that a request came on, and the request itself cannot say. */

export interface Connection {
  /** Of whoever opened the connection: a client, or a proxy in front. Empty where it is not known. */
  readonly peerAddress: string;
  readonly peerPort?: number;
  /** DER of the certificate that the peer proved to hold, where the connection ends here and it was verified. */
  readonly peerCertificate?: Uint8Array;
}

export const unknownConnection: Connection = { peerAddress: '' };
