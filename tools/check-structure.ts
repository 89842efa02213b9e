import { fileURLToPath } from 'node:url'
import { checkAdapters } from './structure/adapter-shape.ts'
import { checkArrows } from './structure/arrows.ts'
import { checkRooms } from './structure/core-rooms.ts'
import { checkPurity } from './structure/purity.ts'
import { readSourceTree } from './structure/source-tree.ts'

/** A file longer than this is asked to explain itself. */
const longFile = 200

/** What the tree looks like. */
export interface StructureReport {
  /** Each names a file and what is wrong with it. */
  problems: string[]
  files: number
  lines: number
  medianLines: number
  /** Files over 200 lines, the longest first. */
  longFiles: { path: string; lines: number }[]
}

/** Holds the source tree against the rules of the house. */
export function checkStructure(root: string): StructureReport {
  const packages = readSourceTree(root)
  const files = packages.flatMap((owner) => owner.files)
  const lengths = files.map(({ lines }) => lines).sort((one, other) => one - other)
  return {
    problems: [checkAdapters, checkArrows, checkRooms, checkPurity].flatMap((check) => check(packages)),
    files: files.length,
    lines: lengths.reduce((sum, length) => sum + length, 0),
    medianLines: lengths[Math.floor(lengths.length / 2)] ?? 0,
    longFiles: files
      .filter(({ lines }) => lines > longFile)
      .map(({ path, lines }) => ({ path, lines }))
      .sort((one, other) => other.lines - one.lines),
  }
}

if (import.meta.main) {
  const { problems, files, lines, medianLines, longFiles } = checkStructure(
    fileURLToPath(new URL('..', import.meta.url)),
  )
  console.log(`${files} source files, ${lines} lines, half of them under ${medianLines + 1}`)
  for (const { path, lines } of longFiles) console.log(`long: ${path}, ${lines} lines`)
  for (const problem of problems) console.error(problem)
  console.log(problems.length === 0 ? 'The structure holds.' : `${problems.length} problems`)
  if (problems.length > 0) process.exitCode = 1
}
