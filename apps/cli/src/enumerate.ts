const formats: Record<'and' | 'or', Intl.ListFormat> = {
  and: new Intl.ListFormat('en-GB', { type: 'conjunction' }),
  or: new Intl.ListFormat('en-GB', { type: 'disjunction' }),
}

/** `a, b and c`, or `a, b or c`. */
export function enumerate(words: readonly string[], last: 'and' | 'or' = 'and'): string {
  return formats[last].format(words)
}
