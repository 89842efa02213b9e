import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { followPageFromRegistry } from '../../apps/docs/test/start-page.ts'
import { promisedOutput } from '../promised-output.ts'
import { emptyProject, installedVersion, managers } from './managers.ts'
import { type Registry, startRegistry } from './registry.ts'
import { must, type Outcome, run } from './shell.ts'
import { bomProblems } from './validate-bom.ts'

/**
 * Tries a release from a fresh clone of the last commit, with a registry on loopback: 1.0.0 of every package,
 * installed by each package manager; a patch of core; a minor version of one adapter. Nothing leaves this computer.
 */
const root = fileURLToPath(new URL('../..', import.meta.url))
const command = '@countersign/cli'
const core = '@countersign/core'

interface PublicPackage {
  name: string
  version: string
  folder: string
}

const work = mkdtempSync(join(tmpdir(), 'release-'))
const clone = join(work, 'clone')
const problems: string[] = []

function check(holds: boolean, sentence: string, detail = ''): void {
  console.log(`${holds ? 'ok  ' : 'FAIL'} ${sentence}${holds || detail === '' ? '' : `\n${detail}`}`)
  if (!holds) problems.push(sentence)
}

function step(name: string): void {
  console.log(`\n== ${name}`)
}

const git = (...parameters: string[]) => must('git', parameters, { cwd: clone })
const pnpm = (parameters: string[], env: Readonly<Record<string, string>> = {}) =>
  must('npx', ['-y', 'pnpm@12.21.0', ...parameters], { cwd: clone, env })

function publicPackages(): PublicPackage[] {
  return globSync('{packages,apps}/*/package.json', { cwd: clone })
    .map((path) => ({ path, manifest: JSON.parse(readFileSync(join(clone, path), 'utf8')) }))
    .filter(({ manifest }) => manifest.private !== true)
    .map(({ path, manifest }) => ({
      name: manifest.name,
      version: manifest.version,
      folder: path.replace('/package.json', ''),
    }))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
}

const versions = () => Object.fromEntries(publicPackages().map(({ name, version }) => [name, version]))

async function commit(message: string): Promise<void> {
  await git('add', '--all')
  await git('-c', 'user.name=release', '-c', 'user.email=release@localhost', 'commit', '-q', '-m', message)
}

/** Commits a change on a branch of its own, as a pull request does, and returns what `pnpm changesets` says of it. */
async function propose(message: string): Promise<Outcome> {
  await git('checkout', '--quiet', '-B', 'change')
  await commit(message)
  return run('npx', ['-y', 'pnpm@12.21.0', 'changesets'], { cwd: clone })
}

async function merge(): Promise<void> {
  await git('checkout', '--quiet', 'main')
  await git('merge', '--quiet', '--ff-only', 'change')
}

/** What the release workflow does when changesets are on `main`, then when none is. */
async function release(registry: Registry): Promise<void> {
  await pnpm(['run', 'version-packages'])
  await commit('chore: version packages')
  await pnpm(['run', 'release'], { ...registry.environment, TURBO_CACHE_DIR: join(work, 'turbo') })
}

function writeChangeset(name: string, packages: Readonly<Record<string, string>>, sentence: string): void {
  const head = Object.entries(packages).map(([one, kind]) => `'${one}': ${kind}`)
  writeFileSync(join(clone, '.changeset', `${name}.md`), `---\n${head.join('\n')}\n---\n\n${sentence}\n`)
}

/** The examples of a README that run without an account, as a reader pastes them. */
function runnableExamples(folder: string): string[] {
  const readme = readFileSync(join(clone, folder, 'README.md'), 'utf8')
  return [...readme.matchAll(/^```ts\n([\s\S]*?)^```/gm)]
    .map(([, code = '']) => code)
    .filter((code) => code.includes("/emulator'"))
}

async function installAlone(registry: Registry, adapters: readonly PublicPackage[]): Promise<void> {
  for (const manager of managers)
    for (const { name, folder, version } of adapters) {
      const project = emptyProject(join(work, 'alone', manager.name, name))
      const place = { cwd: project, env: registry.environment }
      try {
        await manager.add([name], place)
        const outputs: string[] = []
        for (const [index, code] of runnableExamples(folder).entries()) {
          writeFileSync(join(project, `example-${index + 1}.ts`), code)
          outputs.push(await must(process.execPath, [`example-${index + 1}.ts`], place))
        }
        const promised = runnableExamples(folder).map(promisedOutput)
        const holds =
          installedVersion(project, name) === version && outputs.join('\0') === promised.join('\0')
        check(
          holds,
          `${manager.name}: ${name} alone, ${outputs.length} examples of its README`,
          outputs.join(''),
        )
      } catch (error) {
        check(false, `${manager.name}: ${name} alone`, String(error))
      }
    }
}

async function tryCommand(registry: Registry): Promise<void> {
  const place = { cwd: emptyProject(join(work, 'command')), env: registry.environment }
  const prefix = join(work, 'global')
  await must('npm', ['install', '--global', `--prefix=${prefix}`, command], place)
  const program = join(prefix, 'bin/countersign')
  const version = await must(program, ['--version'], place)
  check(
    version.trim() === versions()[command],
    `npm install --global: countersign --version is ${version.trim()}`,
  )
  const demo = await run(program, ['demo'], place)
  check(demo.status === 0, 'countersign demo', demo.stdout + demo.stderr)
  for (const { id } of await builtIn()) {
    const { status, stdout, stderr } = await run(
      program,
      ['token', id, '--environment', 'emulator', '--method', 'GET', '--uri', '/'],
      place,
    )
    const { status: without } = await run(program, ['token', id, '--environment', 'emulator'], place)
    check(status === 0 || without === 0, `countersign token ${id} --environment emulator`, stdout + stderr)
  }
  const npx = await run('npx', ['-y', command, 'demo', '--json'], place)
  check(npx.status === 0 && JSON.parse(npx.stdout) !== null, `npx ${command} demo`, npx.stderr)
  const bom = join(prefix, 'lib/node_modules', command, 'dist/sbom.cdx.json')
  const faults = await bomProblems(readFileSync(bom, 'utf8'))
  check(faults === undefined, 'sbom.cdx.json keeps the schema of CycloneDX 1.6', faults)
  check(
    readFileSync(join(prefix, 'lib/node_modules', command, 'dist/THIRD-PARTY-LICENSES.txt'), 'utf8').length >
      0,
    'the licences of what the command carries are installed with it',
  )
}

/** The pages of the site for newcomers, followed to the letter. */
async function followStartPages(registry: Registry): Promise<void> {
  const withoutSpace = (text: string) => text.replace(/\s+/g, '')
  const hasGo = await run('go', ['version'], { cwd: work }).then(
    ({ status }) => status === 0,
    () => false,
  )
  for (const page of ['node', 'worker', 'shell', ...(hasGo ? ['any-language'] : [])]) {
    const begin = performance.now()
    try {
      const answers = await followPageFromRegistry(page, registry.environment)
      const seconds = Math.ceil((performance.now() - begin) / 1000)
      const differing = answers.filter(
        ({ printed, promised }) => withoutSpace(printed) !== withoutSpace(promised),
      )
      check(
        answers.length > 0 && differing.length === 0,
        `docs/start/${page}.md from an empty folder to its answers, in ${seconds} s`,
        JSON.stringify(differing),
      )
    } catch (error) {
      check(false, `docs/start/${page}.md`, String(error))
    }
  }
  if (!hasGo) console.log('     docs/start/any-language.md was not followed: there is no go.')
}

async function builtIn(): Promise<readonly { id: string }[]> {
  const { providers } = await import('@countersign/providers')
  return providers
}

async function firstRelease(registry: Registry): Promise<void> {
  step('1.0.0 of every package')
  await release(registry)
  const found = publicPackages()
  check(
    found.every(({ version }) => version === '1.0.0'),
    `changeset version gives 1.0.0 to ${found.length} packages`,
    JSON.stringify(versions()),
  )
  for (const { name, folder } of found) {
    const changelog = readFileSync(join(clone, folder, 'CHANGELOG.md'), 'utf8')
    check(
      changelog.startsWith(`# ${name}\n\n## 1.0.0\n`),
      `${name}: CHANGELOG.md begins with 1.0.0`,
      changelog,
    )
    const published = await fetch(new URL(name.replace('/', '%2f'), registry.url))
    const { 'dist-tags': tags } = (await published.json()) as { 'dist-tags'?: { latest?: string } }
    check(tags?.latest === '1.0.0', `${name}@1.0.0 is in the registry`)
  }
}

const isAdapter = ({ name, folder }: PublicPackage) =>
  folder.startsWith('packages/') && name !== core && name !== '@countersign/testing'

/** Moves between two states of the versions. */
function moved(before: Readonly<Record<string, string>>): string[] {
  return Object.entries(versions())
    .filter(([name, version]) => before[name] !== version)
    .map(([name, version]) => `${name} ${version}`)
}

async function patchOfCore(registry: Registry): Promise<void> {
  step('a patch of core')
  const before = versions()
  const source = join(clone, 'packages/core/src/index.ts')
  writeFileSync(source, `${readFileSync(source, 'utf8')}\n// A patch.\n`)
  const none = await propose('fix(core): repair nothing')
  check(
    none.status !== 0 && none.stderr.includes('without a changeset'),
    'a change of core without a changeset is refused by pnpm changesets',
    none.stdout + none.stderr,
  )
  writeChangeset('patch-of-core', { [core]: 'patch' }, 'Repairs nothing: this release is a trial.')
  const alone = await propose('chore: say what changes')
  check(
    alone.status !== 0 && alone.stderr.includes(`${command} carries its code`),
    'a patch of core without one of the command is refused by pnpm changesets',
    alone.stdout + alone.stderr,
  )
  writeChangeset(
    'patch-of-core',
    { [core]: 'patch', [command]: 'patch' },
    'Repairs nothing: this release is a trial.',
  )
  const both = await propose('chore: release the command too')
  check(both.status === 0, 'with a changeset for the command it is accepted', both.stdout + both.stderr)
  await merge()
  await release(registry)
  check(
    moved(before).join() === `${command} 1.0.1,${core} 1.0.1`,
    'core and the command move, and no adapter',
    moved(before).join(', '),
  )
  const [adapter] = publicPackages().filter(isAdapter)
  if (adapter === undefined) throw new Error('There is no adapter.')
  const project = emptyProject(join(work, 'after-patch'))
  await must('npm', ['install', adapter.name], { cwd: project, env: registry.environment })
  check(
    installedVersion(project, adapter.name) === '1.0.0' && installedVersion(project, core) === '1.0.1',
    `a fresh install of ${adapter.name}@1.0.0 gets core 1.0.1`,
  )
}

async function minorOfAdapter(registry: Registry): Promise<void> {
  step('a minor version of one adapter')
  const before = versions()
  const [adapter] = publicPackages().filter(isAdapter)
  if (adapter === undefined) throw new Error('There is no adapter.')
  const source = join(clone, adapter.folder, 'src/index.ts')
  writeFileSync(source, `${readFileSync(source, 'utf8')}\n// A minor version.\n`)
  writeChangeset(
    'minor-of-adapter',
    { [adapter.name]: 'minor', [command]: 'patch' },
    'Adds nothing: this release is a trial.',
  )
  const proposed = await propose('feat: add nothing')
  check(proposed.status === 0, 'pnpm changesets accepts it', proposed.stdout + proposed.stderr)
  await merge()
  await release(registry)
  check(
    moved(before).join() === `${adapter.name} 1.1.0,${command} 1.0.2`,
    `${adapter.name} and the command move; core and the other adapters stay`,
    moved(before).join(', '),
  )
  const project = emptyProject(join(work, 'after-minor'))
  await must('npm', ['install', adapter.name], { cwd: project, env: registry.environment })
  check(
    installedVersion(project, adapter.name) === '1.1.0' && installedVersion(project, core) === '1.0.1',
    `a fresh install gets ${adapter.name} 1.1.0 with core 1.0.1`,
  )
}

async function cloneFresh(): Promise<void> {
  step('a fresh clone')
  await must('git', ['clone', '--quiet', root, clone], { cwd: work })
  await git('checkout', '--quiet', '-B', 'main')
  await pnpm(['install', '--frozen-lockfile', '--prefer-offline'])
}

try {
  await cloneFresh()
  const upstream = (await must('npm', ['config', 'get', 'registry'], { cwd: work })).trim()
  await using registry = await startRegistry(join(work, 'registry'), upstream)
  await firstRelease(registry)
  step('each adapter alone, by each package manager')
  await installAlone(registry, publicPackages().filter(isAdapter))
  step('the command')
  await tryCommand(registry)
  step('the start pages of the site')
  await followStartPages(registry)
  await patchOfCore(registry)
  await minorOfAdapter(registry)
} finally {
  rmSync(work, { recursive: true, force: true })
}
console.log(problems.length === 0 ? '\nThe release holds.' : `\n${problems.length} problems:`)
for (const problem of problems) console.log(problem)
if (problems.length > 0) process.exitCode = 1
