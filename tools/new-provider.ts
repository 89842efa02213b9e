import { execFile, execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs, promisify } from 'node:util'
import { CountersignError, parseProvider } from '@countersign/core/provider'
import { providers } from '@countersign/providers'
import { commands } from '../apps/cli/src/commands/index.ts'
import { findBanned } from './check-vocabulary.ts'
import { isIdentifier, type ProviderNames, toNames } from './new-provider/names.ts'
import { type Model, type Plan, type PlannedFile, planProvider } from './new-provider/plan.ts'

const usage = `Usage: pnpm new-provider <id> --like <id> [--title <text>] [--no-install]

Write the package of a new provider from an existing one, and register it.

  --like <id>     the provider to start from: ${providers.map(({ id }) => id).join(', ')}
  --title <text>  how people write its name; by default made of the id
  --no-install    do not install the new package, and leave the JSON Schema as it is
`

/** What is wrong with the words of the command, or with the state of the repository. */
class Refusal extends Error {}

const root = fileURLToPath(new URL('..', import.meta.url))
const schema = 'apps/cli/schema/countersign.schema.json'
const lockfile = 'pnpm-lock.yaml'

async function loadModel(like: string | undefined): Promise<Model> {
  const entry = providers.find(({ id }) => id === like)
  if (entry === undefined)
    throw new Refusal(
      `${like === undefined ? '`--like` is missing' : `Unknown provider \`${like}\``}. Pass --like with one of ${providers.map(({ id }) => id).join(', ')}.`,
    )
  return { entry, provider: await entry.provider() }
}

function checkNames({ id, camel, title }: ProviderNames, { provider }: Model): void {
  try {
    parseProvider({ ...provider, id, title })
  } catch (error) {
    if (!CountersignError.isInstance(error)) throw error
    throw new Refusal(error.message)
  }
  if (/[|`*<>[\]'"\\]/.test(title))
    throw new Refusal('The title must be without quotation marks and Markdown.')
  if (!isIdentifier(camel))
    throw new Refusal(`The id ${id} cannot name a constant, because \`${camel}\` is a word of JavaScript.`)
  const [banned] = findBanned('README.md', `${id}\n${title}`)
  if (banned !== undefined)
    throw new Refusal(
      `\`pnpm lint\` does not allow "${banned.phrase}" in a name; it suggests: ${banned.instead}`,
    )
  if (providers.some((entry) => entry.id === id)) throw new Refusal(`There is a provider ${id} already.`)
  if (['help', ...commands.map(({ name }) => name)].includes(id))
    throw new Refusal(`The id ${id} is a word of the command. Use another id.`)
}

/** Nothing that is to be written may exist, or differ from what is committed. */
function checkTargets({ created, changed }: Plan, id: string): void {
  const folder = `packages/${id}`
  for (const taken of [folder, `apps/${id}`])
    if (existsSync(join(root, taken))) throw new Refusal(`${taken} exists already.`)
  const paths = [folder, ...changed.map(({ path }) => path), schema, lockfile]
  const status = execFileSync('git', ['status', '--porcelain', '--', ...paths], {
    cwd: root,
    encoding: 'utf8',
  })
  if (status !== '')
    throw new Refusal(`These files would be changed, and are not committed:\n${status.trimEnd()}`)
  if (created.length === 0) throw new Refusal('The package to start from has no committed files.')
}

function write(folder: string, { path, text }: PlannedFile): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true })
  writeFileSync(join(folder, path), text)
}

/** Aborted by SIGINT and SIGTERM: ends the program that runs now, and what was written is undone. */
const interruption = new AbortController()

async function run(program: string, ...parameters: string[]): Promise<void> {
  const { signal } = interruption
  try {
    await promisify(execFile)(program, parameters, { cwd: root, signal })
  } catch (error) {
    const { stdout, stderr } = error as { stdout?: string; stderr?: string }
    if (signal.aborted) throw new Refusal('Interrupted. Nothing was written.')
    throw new Error(`${program} ${parameters.join(' ')} failed.\n${stdout ?? ''}${stderr ?? String(error)}`)
  }
}

/** Words of the names that the spelling check does not know. */
function writeWords({ id, title, pascal }: ProviderNames): void {
  const words = [...id.split('-'), ...title.split(/\W+/), pascal].filter((word) => /^\p{L}{4,}$/u.test(word))
  const parameters = ['lint', '--no-progress', '--no-summary', '--words-only', '--unique', 'stdin://words.md']
  const { stdout } = spawnSync('cspell', parameters, { cwd: root, encoding: 'utf8', input: words.join('\n') })
  const unknown = [...new Set(stdout.split('\n').map((word) => word.trim().toLowerCase()))].filter(Boolean)
  if (unknown.length > 0)
    write(root, { path: `packages/${id}/words.txt`, text: `${unknown.sort().join('\n')}\n` })
}

/** Writes the plan, all of it or nothing. */
async function apply({ created, changed }: Plan, names: ProviderNames, installs: boolean): Promise<void> {
  const target = join(root, 'packages', names.id)
  const paths = [...changed.map(({ path }) => path), schema, lockfile]
  const before = paths.map(
    (path) => [path, existsSync(join(root, path)) ? readFileSync(join(root, path)) : undefined] as const,
  )
  mkdirSync(join(root, 'node_modules/.cache'), { recursive: true })
  const temporary = mkdtempSync(join(root, 'node_modules/.cache/new-provider-'))
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => interruption.abort())
  try {
    for (const file of created) write(temporary, file)
    renameSync(join(temporary, 'packages', names.id), target)
    for (const file of changed) write(root, file)
    writeWords(names)
    // Other names have other lengths and another order.
    await run(
      'biome',
      'check',
      '--write',
      '--log-level=error',
      target,
      ...changed.map(({ path }) => path).filter((path) => !path.endsWith('.md')),
    )
    if (installs) {
      await run('pnpm', 'install', '--prefer-offline', '--no-frozen-lockfile')
      await run('pnpm', 'run', 'schema')
      await run('biome', 'check', '--write', '--log-level=error', schema)
    }
  } catch (error) {
    rmSync(target, { recursive: true, force: true })
    for (const [path, content] of before)
      if (content === undefined) rmSync(join(root, path), { force: true })
      else writeFileSync(join(root, path), content)
    if (installs) spawnSync('pnpm', ['install', '--prefer-offline'], { cwd: root, stdio: 'ignore' })
    throw error
  } finally {
    rmSync(temporary, { recursive: true, force: true })
  }
}

if (import.meta.main) {
  try {
    const { values, positionals } = parseWords()
    const [id, ...others] = positionals
    if (id === undefined || others.length > 0) throw new Refusal(`Pass one id.\n\n${usage}`)
    const model = await loadModel(values.like)
    const names = toNames(id, values.title)
    checkNames(names, model)
    const plan = planProvider(root, model, names)
    checkTargets(plan, id)
    await apply(plan, names, values.install)
    console.log(report(names, model, values.install))
  } catch (error) {
    console.error(error instanceof Refusal ? error.message : error)
    process.exitCode = error instanceof Refusal ? 2 : 1
  }
}

function parseWords() {
  try {
    return parseArgs({
      allowPositionals: true,
      allowNegative: true,
      options: {
        like: { type: 'string' },
        title: { type: 'string' },
        install: { type: 'boolean', default: true },
      },
    })
  } catch (error) {
    throw new Refusal(`${(error as Error).message}\n\n${usage}`)
  }
}

function report({ id, title }: ProviderNames, { entry }: Model, installed: boolean): string {
  return `packages/${id} is a copy of packages/${entry.id} for ${title}, registered and formatted.

Every fact in it is still that of ${entry.id}. Replace them in this order, with ${title}'s page beside you:
  1. packages/${id}/src/${id}-options.ts, ${id}-claims.ts and ${id}.ts
  2. ${id}-rules.ts and ${id}-mistakes.ts: what is required, each with its source
  3. ${id}-provider.ts: addresses, summary, key advice, and \`marks\`, which was left out
  4. ${id}-emulator.ts and the tests
  5. README.md and .changeset/first-release-${id}.md
${installed ? '' : '\nThen run pnpm install and pnpm schema.\n'}
Check it with: pnpm structure && pnpm knip && pnpm lint && pnpm typecheck && pnpm exec vitest run packages/${id} packages/providers
docs/adding-a-provider.md explains each file.`
}
