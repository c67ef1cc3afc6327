/** What is said of the form in which weights came into a graph. Pure. */

export interface WeightNote {
  /** What the tensors are called in every layer: `attn_q`, `token_embd`. */
  readonly kind: string;
  /** Their type in the model's file. */
  readonly type: string;
  readonly tensors: number;
  /** `exact`, `float32`, `requantised to 8 bits, blocks of 64`, `quantised to …` for what was float. */
  readonly form: string;
}

/** One line a form, for people: `exact: attn_q (18 × Q8_0), …`. */
export function weightLines(notes: readonly WeightNote[]): string[] {
  const forms = [...new Set(notes.map(({ form }) => form))];
  return forms.map((form) => {
    const kinds = notes
      .filter((note) => note.form === form)
      .map(({ kind, type, tensors }) => `${kind} (${tensors > 1 ? `${tensors} × ` : ''}${type})`);
    return `${form}: ${kinds.join(', ')}`;
  });
}
