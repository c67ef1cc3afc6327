/** Where sealed audit segments go to stay. */
export interface AuditStore {
  /**
   * Keeps the bytes under the name. The same again changes nothing, so that a shipment may be repeated.
   * @throws whatever keeps it from it; the segment stays on the node, and is tried again.
   */
  put(name: string, bytes: Uint8Array): Promise<void>;
}
