/** Keeps a label from growing without end: the first so many values are kept, and all after them are one. */

export function boundedLabel(valuesMax: number): (value: string | undefined) => string {
  const known = new Set<string>();
  return (value) => {
    if (value === undefined) return 'none';
    if (known.has(value)) return value;
    if (known.size >= valuesMax) return 'other';
    known.add(value);
    return value;
  };
}
