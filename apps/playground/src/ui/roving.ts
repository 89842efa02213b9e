const steps: Readonly<Record<string, (index: number, count: number) => number>> = {
  ArrowRight: (index, count) => (index + 1) % count,
  ArrowDown: (index, count) => (index + 1) % count,
  ArrowLeft: (index, count) => (index + count - 1) % count,
  ArrowUp: (index, count) => (index + count - 1) % count,
  Home: () => 0,
  End: (_index, count) => count - 1,
}

/** Where a key moves the focus in a list that is one tab stop; -1 for a key that does not move it. */
export function nextIndex(key: string, index: number, count: number): number {
  return steps[key]?.(index, count) ?? -1
}
