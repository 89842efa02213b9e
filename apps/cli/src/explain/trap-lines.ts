import type { FoundTrap } from '@countersign/core'
import type { Output } from '../output.ts'

/** Mistakes for people: what happened, what mends it, and who says so. */
export function toTrapLines(traps: readonly FoundTrap[], { paint }: Pick<Output, 'paint'>): string[] {
  return traps.flatMap(({ id, sentence, fix, source }) => [
    `${paint('yellow', '!')} ${sentence} ${paint('dim', id)}`,
    `    ${fix}`,
    `    ${source}`,
  ])
}
