/** Sums of the samples that we ask for, out of a page in Prometheus's text format 0.0.4. Everything else is passed over. */

/** A page has tens of thousands of lines at most; a name of a label may hold anything but a line feed. */
const samplePattern = /^([A-Za-z_:][\w:]*)(?:\{(?:[^"}]|"(?:[^"\\]|\\.)*")*\})?[ \t]+(\S+)/;

/**
 * @param names of samples; those with labels are summed, for a server that runs several engines has a sample for each.
 * @returns only those that the page has, with a finite value.
 */
export function readSamples(page: string, names: ReadonlySet<string>): ReadonlyMap<string, number> {
  const sums = new Map<string, number>();
  for (const line of page.split('\n')) {
    const [, name = '', text = ''] = samplePattern.exec(line) ?? [];
    if (!names.has(name)) continue;
    const value = Number(text);
    if (Number.isFinite(value)) sums.set(name, (sums.get(name) ?? 0) + value);
  }
  return sums;
}
