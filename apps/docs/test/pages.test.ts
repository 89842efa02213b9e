import { globSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { providers } from '@countersign/providers'
import { expect, test } from 'vitest'
import { readEntryPoints } from '../build/api-reference.ts'
import { toLlmsFullText, toLlmsText, toMarkdownVersion } from '../build/llms.ts'
import { anchorsOf, mapLinks } from '../build/markdown.ts'
import { apiSection, readPages } from '../build/pages.ts'
import { readSiteAddress } from '../build/site-address.ts'

const root = fileURLToPath(new URL('../../..', import.meta.url))
const pages = await readPages(root)
const routes = pages.map(({ route }) => route)

test('each provider of the registry, each guide and each entry point has a page', () => {
  const guides = globSync('docs/**/*.md', { cwd: root }).map((path) =>
    path.slice('docs/'.length, -'.md'.length),
  )
  const entries = readEntryPoints(root).map(({ specifier }) =>
    specifier.replace('@countersign/', 'reference/api/'),
  )
  const expected = [...providers.map(({ id }) => `providers/${id}`), ...guides, ...entries]
  expect(expected.filter((route) => !routes.includes(route))).toEqual([])
  expect(new Set(routes).size).toBe(routes.length)
})

test('each page has a title and a summary', () => {
  expect(pages.filter(({ title }) => title === '').map(({ route }) => route)).toEqual([])
  expect(pages.filter(({ summary }) => summary === '').map(({ route }) => route)).toEqual([])
})

test('the page of a provider has its rules', () => {
  const page = pages.find(({ route }) => route === 'providers/utgl')
  expect(page?.title).toBe('UTGL Issuing')
  expect(page?.markdown).toContain('| `utgl.exp` | `exp` must be in the future. |')
})

test('the command reference shows the help of a subcommand without the options of every command', () => {
  const page = pages.find(({ route }) => route === 'reference/command')?.markdown ?? ''
  const [, part = ''] = page.split(/^### keys public$/m)
  expect(part).toContain('Usage: countersign keys public [options] <file>')
  expect(part.split('\n## ')[0]).not.toContain('--verbose')
})

test('the API reference names the class of each error and the package that describes an export', () => {
  const page = pages.find(({ route }) => route === 'reference/api/utgl')?.markdown ?? ''
  expect(page).toContain('- `ConfigError` `CONFIG_INVALID`')
  expect(page).toContain('[ConfigError](/reference/api/core#')
})

test('Markdown versions link to Markdown versions', () => {
  const page = pages.find(({ route }) => route === 'start/node')
  expect(page && toMarkdownVersion(page, { base: '/' })).toContain('[errors](/errors.md)')
})

test('llms.txt lists each page but the first, and llms-full.txt has the text of each', () => {
  const list = toLlmsText(pages, { base: '/' })
  const full = toLlmsFullText(pages, { base: '/' })
  const addresses = routes.map((route) => `/${route}.md`)
  expect(addresses.filter((address) => !list.includes(`(${address})`))).toEqual(['/index.md'])
  expect(addresses.filter((address) => !full.includes(`<!-- ${address} -->`))).toEqual([])
})

test('every address in Markdown and llms.txt is whole where that of the site is known', () => {
  const site = readSiteAddress({ SITE_URL: 'https://docs.example.com/sub/' })
  expect(site).toEqual({ base: '/sub/', url: 'https://docs.example.com/sub/' })
  const texts = [...pages.map((page) => toMarkdownVersion(page, site)), toLlmsText(pages, site)]
  const targets: string[] = []
  for (const text of texts)
    mapLinks(text, (target) => {
      targets.push(target)
      return target
    })
  expect(targets).toContain('https://docs.example.com/sub/errors.md')
  expect(targets).toContain('https://docs.example.com/sub/llms-full.txt')
  expect(targets.filter((target) => target.startsWith('/'))).toEqual([])
})

test.each(['docs.example.com', 'https://docs.example.com/sub', 'https://docs.example.com/?a', '/sub/'])(
  'the address %s of a site is refused',
  (address) => {
    expect(() => readSiteAddress({ SITE_URL: address })).toThrow(/with a trailing slash/)
  },
)

test('without an address, the site is at the root of its host', () => {
  expect(readSiteAddress({})).toEqual({ base: '/' })
})

// `pnpm site` looks at the built pages; this finds a heading that was renamed without a build.
test('each link to a heading of a written page leads to one', () => {
  const written = new Map(
    pages.filter(({ section }) => section !== apiSection).map((page) => [page.route, page.markdown]),
  )
  const missing: string[] = []
  for (const [route, markdown] of written)
    mapLinks(markdown, (target) => {
      const [path = '', anchor = ''] = target.split('#')
      const to = written.get(path === '' ? route : path === '/' ? 'index' : path.slice(1))
      if (anchor !== '' && to !== undefined && !anchorsOf(to).has(anchor))
        missing.push(`${route} links to ${target}`)
      return target
    })
  expect(missing).toEqual([])
})
