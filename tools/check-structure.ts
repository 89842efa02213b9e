import { fileURLToPath } from 'node:url'
import { providers } from '@countersign/providers'
import { checkAdapters } from './structure/adapter-shape.ts'
import { checkDependencies } from './structure/dependencies.ts'
import { checkPurity } from './structure/purity.ts'
import { readSourceTree } from './structure/source-tree.ts'

/** A longer file must be able to explain itself. */
const longFile = 250

/** Problems and measures of the source tree. */
export interface StructureReport {
  /** Each names a file and what is wrong with it. */
  problems: string[]
  files: number
  lines: number
  medianLines: number
  /** The longest first. */
  longFiles: { path: string; lines: number }[]
}

/** Checks the source tree against the rules of the repository. */
export async function checkStructure(root: string): Promise<StructureReport> {
  const packages = readSourceTree(root)
  const files = packages.flatMap((owner) => owner.files)
  const lengths = files.map(({ lines }) => lines).sort((one, other) => one - other)
  const problems = [
    ...checkAdapters(packages, providers),
    ...checkPurity(packages),
    ...(await checkDependencies(root)),
  ]
  return {
    problems,
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
  const { problems, files, lines, medianLines, longFiles } = await checkStructure(
    fileURLToPath(new URL('..', import.meta.url)),
  )
  console.log(`${files} source files, ${lines} lines, median ${medianLines}`)
  for (const { path, lines } of longFiles) console.log(`long: ${path}, ${lines} lines`)
  for (const problem of problems) console.error(problem)
  console.log(`${problems.length} problems`)
  if (problems.length > 0) process.exitCode = 1
}
