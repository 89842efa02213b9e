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

/** What changesets amount to. */
export interface Plan {
  releases: readonly Release[]
  changesets: readonly { releases: readonly object[] }[]
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

const command = '@countersign/cli'
/** The command serves the built page and imports nothing of it. */
const servedPage = '@countersign/playground'

/** The packages of this workspace whose code the command carries: its users get a change of theirs from it alone. */
export function carriedByCommand(packages: readonly Package[]): Set<string> {
  const byName = new Map(packages.map((one) => [String(one.manifest['name']), one]))
  const carried = new Set<string>()
  const add = (name: string): void => {
    const one = byName.get(name)
    if (one === undefined || carried.has(name)) return
    carried.add(name)
    for (const { imports } of one.files)
      for (const { specifier } of imports) add(specifier.split('/').slice(0, 2).join('/'))
  }
  add(command)
  add(servedPage)
  carried.delete(command)
  return carried
}

/**
 * Each changed package needs a changeset, and so does the command when something changes that it carries: its
 * users get the change by a release of the command alone. A changeset without packages says that no user notices.
 */
export function checkChanges(
  packages: readonly Package[],
  { releases, changesets }: Plan,
  changedPaths: readonly string[],
): string[] {
  const released = new Set(releases.filter(({ type }) => type !== 'none').map(({ name }) => name))
  const silent = changesets.some((changeset) => changeset.releases.length === 0)
  const carried = carriedByCommand(packages)
  return packages.flatMap(({ manifest, folder }) => {
    const name = String(manifest['name'])
    const changed = !silent && changedPaths.some((path) => path.startsWith(`${folder}/src/`))
    return [
      ...(changed && manifest['private'] !== true && !released.has(name)
        ? [`${name} changes without a changeset: run pnpm changeset, with --empty if no user notices`]
        : []),
      ...((changed || released.has(name)) && carried.has(name) && !released.has(command)
        ? [`${name} changes, and ${command} carries its code: add ${command} to the changeset`]
        : []),
    ]
  })
}

/** Files that differ from the commit at which this branch left `main`. */
function changedSinceMain(root: string): string[] {
  const git = (...parameters: string[]) =>
    execFileSync('git', parameters, { cwd: root, encoding: 'utf8' }).trim()
  const paths = git('diff', '--name-only', git('merge-base', 'main', 'HEAD'))
  return paths === '' ? [] : paths.split('\n')
}

/** `changeset status` compares with `main`; a clone of another branch knows it by its origin's name only. */
function ensureMain(root: string): void {
  const knows = (name: string) =>
    spawnSync('git', ['rev-parse', '--verify', '--quiet', name], { cwd: root }).status === 0
  if (!knows('refs/heads/main') && knows('refs/remotes/origin/main'))
    execFileSync('git', ['branch', '--quiet', '--track', 'main', 'origin/main'], { cwd: root })
}

/** What the changesets release: all of them, or those that this branch adds to `since`. */
function readPlan(root: string, since?: string): Plan {
  const output = 'changeset-status.json'
  const parameters = [`--output=${output}`, ...(since === undefined ? [] : [`--since=${since}`])]
  try {
    // It fails when packages are changed and there is no changeset; `checkChanges` says which.
    const { status } = spawnSync('pnpm', ['exec', 'changeset', 'status', ...parameters], {
      cwd: root,
      stdio: ['ignore', 'ignore', 'inherit'],
    })
    return status === 0
      ? JSON.parse(readFileSync(join(root, output), 'utf8'))
      : { releases: [], changesets: [] }
  } finally {
    rmSync(join(root, output), { force: true })
  }
}

if (import.meta.main) {
  const root = fileURLToPath(new URL('..', import.meta.url))
  const packages = readSourceTree(root)
  ensureMain(root)
  const all = readPlan(root)
  for (const { name, type, oldVersion, newVersion } of all.releases.filter(({ type }) => type !== 'none'))
    console.log(`${name}: ${oldVersion} → ${newVersion} (${type})`)
  const problems = [
    ...checkFirstReleases(packages, all.releases),
    // A first release covers every change before it; after it, each change brings a changeset of its own.
    ...(unreleased(packages).length > 0
      ? []
      : checkChanges(packages, readPlan(root, 'main'), changedSinceMain(root))),
  ]
  for (const problem of problems) console.error(problem)
  if (problems.length > 0) process.exitCode = 1
}
