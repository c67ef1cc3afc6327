/** The environment as the fabric reads it. */

/** Where system tools are looked up first. */
export function environmentPath(): string {
  return process.env.PATH ?? '';
}
