import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import type { Provider } from '@countersign/core'
import type { ProviderEntry } from '@countersign/providers'
import { parseSync } from 'oxc-parser'
import { type Node, walk } from '../structure/source-tree.ts'
import { type ProviderNames, toNames } from './names.ts'
import { type Renaming, renameCode, renameMarkdown, renameText } from './rename.ts'

/** A file to write, with its path from the root. */
export interface PlannedFile {
  path: string
  text: string
}

/** What a new provider changes in the repository. */
export interface Plan {
  /** The files of the package, none of which exists. */
  created: PlannedFile[]
  /** Files of the repository with their new text, and the changeset. */
  changed: PlannedFile[]
}

/** The adapter to copy: its entry, and its descriptor. */
export interface Model {
  entry: ProviderEntry
  provider: Provider
}

/** Tests that are about an adapter of a kind, and not about the vendor: those made of `@countersign/testing`. */
const copiedTests = /^(?:contract|emulator|golden|mistakes)\.test\.ts$|^types\.test-d\.ts$/

/** Copies the model under the new names, and registers it. Nothing is written. */
export function planProvider(root: string, model: Model, to: ProviderNames): Plan {
  const { entry, provider } = model
  const from = namesOf(root, model)
  const hosts = hostsOf(provider, entry.id, to.id)
  const ruleIds = [...provider.rules, ...(provider.mistakes ?? [])].map(({ id }) => id)
  const renaming: Renaming = { from, to, hosts, ruleIds }
  const folder = `packages/${from.id}`
  const tracked = execFileSync('git', ['ls-files', '-z', folder], { cwd: root, encoding: 'utf8' })
  const paths = tracked.split('\0').filter((path) => path !== '')
  const created = paths
    .filter((path) => isCopied(path, paths, from.id))
    .map((path) => ({
      path: path.replace(folder, `packages/${to.id}`).replace(`/${from.id}`, `/${to.id}`),
      text: renameFile(path, readFileSync(join(root, path), 'utf8'), renaming),
    }))
  return { created, changed: planRegistration(root, model, to) }
}

/** The names of an adapter that exists, as its descriptor's file has them. */
function namesOf(root: string, { entry: { id, factory }, provider: { title } }: Model): ProviderNames {
  const code = readFileSync(join(root, `packages/${id}/src/${id}-provider.ts`), 'utf8')
  const [, camel = id] = /^export const (\w+)Provider\b/m.exec(code) ?? []
  return { ...toNames(id, title), camel, pascal: factory.slice('create'.length) }
}

/** Every host of the provider, and the same one of a domain that belongs to nobody. */
function hostsOf(provider: Provider, from: string, to: string): Map<string, string> {
  const { baseUrls, otherUrls = {}, docs, keyAdvice, rules, marks } = provider
  const own = [...Object.values(baseUrls), ...Object.values(otherUrls)]
  const pages = [docs, keyAdvice?.source ?? docs, ...rules.map(({ source }) => source)]
  const hosts = [...[...own, ...pages].flatMap(hostIn), ...(marks?.hosts ?? [])]
  return new Map(
    hosts
      .filter((host) => !/(?:^|\.)(?:rfc-editor|ietf)\.org$/.test(host))
      .map((host) => {
        const labels = host.split('.')
        const kept = labels.slice(0, -2).join('.') || 'www'
        return [host, `${kept === from ? 'docs' : kept}.${to}.example`]
      }),
  )
}

function hostIn(address: string): string[] {
  return URL.canParse(address) ? [new URL(address).hostname] : []
}

function isCopied(path: string, paths: readonly string[], id: string): boolean {
  if (!path.includes('/test/')) return !/\/(?:words\.txt|CHANGELOG\.md)$/.test(path)
  const part = /^emulator-(.*)\.test\.ts$/.exec(basename(path))?.[1]
  return (
    copiedTests.test(basename(path)) ||
    (part !== undefined && paths.includes(`packages/${id}/src/${id}-emulator-${part}.ts`))
  )
}

function renameFile(path: string, text: string, renaming: Renaming): string {
  if (path.endsWith('.md')) return renameMarkdown(text, renaming)
  if (path.endsWith('/package.json')) return renameManifest(text, renaming)
  if (!path.endsWith('.ts')) return renameText(text, renaming)
  return renameCode(path.endsWith('-provider.ts') ? withoutMarks(text) : text, renaming)
}

/** The manifest, with the keywords that every adapter has. */
function renameManifest(text: string, renaming: Renaming): string {
  const manifest = JSON.parse(renameText(text, renaming))
  const keywords = [renaming.to.id, 'rsa', 'jwt', 'authentication', 'fetch', 'token']
  return `${JSON.stringify({ ...manifest, version: '0.0.0', keywords }, null, 2)}\n`
}

/** The descriptor without `marks`: what marks the tokens of the model does not mark those of another provider. */
function withoutMarks(code: string): string {
  let result = code
  walk(parseSync('provider.ts', code).program, ({ type, key, start, end }) => {
    if (type !== 'Property' || (key as { name?: string } | undefined)?.name !== 'marks') return
    result = code.slice(0, Number(start)).trimEnd() + code.slice(Number(end)).replace(/^,/, '')
  })
  return result
}

/** The places outside the package that name every provider. */
function planRegistration(root: string, { entry: like }: Model, to: ProviderNames): PlannedFile[] {
  const read = (path: string) => readFileSync(join(root, path), 'utf8')
  const packageName = `@countersign/${to.id}`
  return [
    {
      path: 'packages/providers/src/index.ts',
      text: insertEntry(read('packages/providers/src/index.ts'), to),
    },
    {
      path: 'packages/providers/package.json',
      text: insertDependency(read('packages/providers/package.json'), packageName),
    },
    { path: 'README.md', text: insertRow(read('README.md'), like.id, to) },
    {
      path: `.changeset/first-release-${to.id}.md`,
      text: `---\n'${packageName}': major\n---\n\nAuthenticates to ${to.title}, and includes an emulator.\n`,
    },
  ]
}

function insertEntry(code: string, { id, camel, pascal }: ProviderNames): string {
  const entry = `  {
    id: '${id}',
    packageName: '@countersign/${id}',
    factory: 'create${pascal}',
    provider: async () => (await import('@countersign/${id}/provider')).${camel}Provider,
    createEmulator: async () => (await import('@countersign/${id}/emulator')).create${pascal}Emulator,
  },
`
  let end: number | undefined
  walk(parseSync('index.ts', code).program, ({ type, id: name, init }) => {
    if (type === 'VariableDeclarator' && (name as Node)['name'] === 'providers')
      end = Number((init as Node)['end']) - 1
  })
  if (end === undefined) throw new Error('packages/providers/src/index.ts has no constant `providers`.')
  return code.slice(0, end) + entry + code.slice(end)
}

function insertDependency(text: string, name: string): string {
  const manifest = JSON.parse(text) as { dependencies: Record<string, string> }
  const dependencies = Object.entries({ ...manifest.dependencies, [name]: 'workspace:^' })
  manifest.dependencies = Object.fromEntries(dependencies.sort(([one], [other]) => (one < other ? -1 : 1)))
  return `${JSON.stringify(manifest, null, 2)}\n`
}

/** The table of providers: after the last one, with what the model's row says of the proof. */
function insertRow(text: string, like: string, { id, title }: ProviderNames): string {
  const rowOf = (name: string) => new RegExp(`^\\| \\[@countersign/${name}\\].*\\n`, 'm').exec(text)
  const core = rowOf('core')
  const proof = rowOf(like)?.[0].split('|')[3]?.trim()
  if (core === null || proof === undefined) throw new Error('README.md has no table of providers.')
  const row = `| [@countersign/${id}](packages/${id}/README.md) | ${title} | ${proof} |\n`
  return text.slice(0, core.index) + row + text.slice(core.index)
}
