import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { readSourceTree } from './structure/source-tree.ts'

interface Release {
  name: string
  type: string
  oldVersion: string
  newVersion: string
}

/** The branch that changes are measured against: `main` of this clone, or of where it came from. */
function base(root: string): string {
  const known = ['main', 'origin/main'].find((name) => {
    try {
      execFileSync('git', ['rev-parse', '--verify', '--quiet', `${name}^{commit}`], { cwd: root })
      return true
    } catch {
      return false
    }
  })
  if (known === undefined) throw new Error('There is no branch main to compare with. Fetch it.')
  return known
}

/** What the changesets release; fails, as `changeset status` does, for a change that has no changeset. */
export function plannedReleases(root: string): Release[] {
  const folder = mkdtempSync(join(tmpdir(), 'changesets-'))
  try {
    const output = join(folder, 'status.json')
    const command = [
      'exec',
      'changeset',
      'status',
      `--since=${base(root)}`,
      `--output=${relative(root, output)}`,
    ]
    execFileSync('pnpm', command, { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] })
    return (JSON.parse(readFileSync(output, 'utf8')) as { releases: Release[] }).releases
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Public packages that were never released have to begin at 1.0.0. */
export function checkFirstReleases(root: string, releases: readonly Release[]): string[] {
  return readSourceTree(root)
    .filter(({ manifest }) => manifest['private'] !== true && manifest['version'] === '0.0.0')
    .map(({ manifest }) => String(manifest['name']))
    .filter((name) => !releases.some((release) => release.name === name && release.newVersion === '1.0.0'))
    .map((name) => `${name} has no changeset that makes it 1.0.0`)
}

if (import.meta.main) {
  const root = fileURLToPath(new URL('..', import.meta.url))
  const releases = plannedReleases(root)
  for (const { name, type, oldVersion, newVersion } of releases.filter(({ type }) => type !== 'none'))
    console.log(`${name}: ${oldVersion} → ${newVersion} (${type})`)
  const problems = checkFirstReleases(root, releases)
  for (const problem of problems) console.error(problem)
  if (problems.length > 0) process.exitCode = 1
}
