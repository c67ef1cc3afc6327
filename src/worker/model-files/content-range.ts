/** The `Content-Range` of an answer with status 206 (RFC 9110 §14.4). Pure. */

export interface ContentRange {
  readonly start: number;
  /** Undefined where the server does not know it. */
  readonly totalBytes: number | undefined;
}

export function parseContentRange(header: string | null): ContentRange | undefined {
  const match = /^bytes (\d{1,15})-\d{1,15}\/(\d{1,15}|\*)$/i.exec(header?.trim() ?? '');
  const [, start, total] = match ?? [];
  if (start === undefined || total === undefined) return undefined;
  return { start: Number(start), totalBytes: total === '*' ? undefined : Number(total) };
}

/** If-Range wants a strong validator (RFC 9110 §13.1.5); a weak one would never match. */
export function strongTag(etag: string | null): string | undefined {
  return etag !== null && /^"[^"\r\n]{0,1024}"$/.test(etag) ? etag : undefined;
}
