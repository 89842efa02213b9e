import { execFileSync, spawnSync } from 'node:child_process'
import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Package, readSourceTree } from './structure/source-tree.ts'

/** One package of the plan that the changesets make. */
export interface Release {
  name: string
  type: string
  oldVersion: string
  newVersion: string
}

/** Never released packages have to begin at 1.0.0. */
export function checkFirstReleases(packages: readonly Package[], releases: readonly Release[]): string[] {
  return unreleased(packages)
    .filter((name) => !releases.some((release) => release.name === name && release.newVersion === '1.0.0'))
    .map((name) => `${name} has no changeset that makes it 1.0.0`)
}

function unreleased(packages: readonly Package[]): string[] {
  return packages
    .filter(({ manifest }) => manifest['private'] !== true && manifest['version'] === '0.0.0')
    .map(({ manifest }) => String(manifest['name']))
}

/** `changeset status` compares with `main`; a clone of another branch knows it by its origin's name only. */
function ensureMain(root: string): void {
  const knows = (name: string) =>
    spawnSync('git', ['rev-parse', '--verify', '--quiet', name], { cwd: root }).status === 0
  if (!knows('refs/heads/main') && knows('refs/remotes/origin/main'))
    execFileSync('git', ['branch', '--quiet', '--track', 'main', 'origin/main'], { cwd: root })
}

function changesetStatus(root: string, parameters: readonly string[]): void {
  execFileSync('pnpm', ['exec', 'changeset', 'status', ...parameters], {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
  })
}

function plannedReleases(root: string): Release[] {
  const output = 'changeset-status.json'
  try {
    changesetStatus(root, [`--output=${output}`])
    return (JSON.parse(readFileSync(join(root, output), 'utf8')) as { releases: Release[] }).releases
  } finally {
    rmSync(join(root, output), { force: true })
  }
}

if (import.meta.main) {
  const root = fileURLToPath(new URL('..', import.meta.url))
  const packages = readSourceTree(root)
  ensureMain(root)
  const releases = plannedReleases(root)
  for (const { name, type, oldVersion, newVersion } of releases.filter(({ type }) => type !== 'none'))
    console.log(`${name}: ${oldVersion} → ${newVersion} (${type})`)
  // A first release covers every change before it; after it, each change brings a changeset of its own.
  if (unreleased(packages).length === 0) changesetStatus(root, ['--since=main'])
  const problems = checkFirstReleases(packages, releases)
  for (const problem of problems) console.error(problem)
  if (problems.length > 0) process.exitCode = 1
}
