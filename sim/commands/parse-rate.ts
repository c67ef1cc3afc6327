/** A bandwidth as people write it: `500kbit`, `2mbit`, `1.5 Gbit/s`. Bits, never bytes. */

const sizes: Readonly<Record<string, number>> = { '': 1, k: 1e3, m: 1e6, g: 1e9 };

/** @returns bits per second, or undefined where it is no rate. */
export function parseRate(text: string): number | undefined {
  const [, number, unit = ''] = /^(\d{1,12}(?:\.\d{1,6})?) ?(k|m|g|)bit(?:\/s|ps)?$/i.exec(text.trim()) ?? [];
  const size = sizes[unit.toLowerCase()];
  return number === undefined || size === undefined ? undefined : Math.round(Number(number) * size);
}
