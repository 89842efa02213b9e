const words = ['no', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine', 'ten']

/** A small number as a word. */
export function toNumberWord(count: number): string {
  return words[count] ?? String(count)
}
