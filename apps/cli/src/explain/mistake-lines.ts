import type { FoundMistake } from '@countersign/core/provider'
import type { Output } from '../output.ts'

/** Mistakes for people: what happened, what mends it, and who says so. */
export function toMistakeLines(
  mistakes: readonly FoundMistake[],
  { paint }: Pick<Output, 'paint'>,
): string[] {
  return mistakes.flatMap(({ id, sentence, fix, source }) => [
    `${paint('yellow', '!')} ${sentence} ${paint('dim', id)}`,
    `    ${fix}`,
    `    ${source}`,
  ])
}
