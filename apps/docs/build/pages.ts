import { existsSync, globSync, readFileSync } from 'node:fs'
import { join, posix } from 'node:path'
import { loadProviders } from '@countersign/providers'
import { makeApiReference } from './api-reference.ts'
import { makeCommandReference } from './command-reference.ts'
import { mapLinks, mapText, summaryOf, titleOf } from './markdown.ts'
import { toProviderLinks, toProviderList, toProviderPage } from './provider-page.ts'
import { guides, readRepositoryUrl, routeOf, sections } from './site-map.ts'

/** One page of the site. */
export interface Page {
  /** The address, without a slash before it: `errors`, `providers/utgl`. */
  route: string
  title: string
  /** One sentence. */
  summary: string
  /** The title of the section in the sidebar. */
  section: string
  /** It is reached from other pages; the sidebar leaves it out. */
  unlisted?: boolean
  /** Links to other pages begin with a slash. */
  markdown: string
}

/** Its pages have a sidebar of their own. */
export const apiSection = 'API'

const aboutApi =
  'Every export of every package, from the comments in its source, by what an `import` names. The README of each package says which of them an application needs.'

/** Reads and makes every page of the site, in the order of reading. */
export async function readPages(root: string): Promise<Page[]> {
  const read = (path: string) => readFileSync(join(root, path), 'utf8')
  const repositoryUrl = readRepositoryUrl(root)
  const providers = await loadProviders()
  const ids = providers.map(({ provider }) => provider.id)
  const known = sections.flatMap(({ sources }) => sources)
  const others = globSync('docs/*.md', { cwd: root }).filter((path) => !known.includes(path))
  const decisions = globSync('docs/decisions/*.md', { cwd: root }).sort()
  const onSite = new Set([
    ...['README.md', ...known, ...others, ...decisions],
    ...ids.map((id) => `packages/${id}/README.md`),
  ])

  /** Links between files become links between pages; every other file is shown by the repository. */
  function linkOf(source: string, target: string): string {
    if (/^[a-z]+:|^#/.test(target)) return target
    const [path = '', anchor = ''] = target.split(/(?=#)/)
    if (path.startsWith('/')) return target
    const file = posix.join(posix.dirname(source), path)
    if (file === 'docs/decisions/') return `/decisions${anchor}`
    if (onSite.has(file)) return `/${routeOf(file, ids).replace(/^index$/, '')}${anchor}`
    if (!existsSync(join(root, file))) throw new Error(`${source} links to ${target}, which does not exist`)
    return `${repositoryUrl}/blob/main/${file}${anchor}`
  }

  const toPage = (source: string, section: string, text = read(source)): Page => {
    const linked = mapLinks(text, (target) => linkOf(source, target))
    return makePage(
      source.endsWith('pages/index.md') ? 'index' : routeOf(source, ids),
      section,
      withoutComments(linked),
    )
  }

  /** A line below the title of a reference, which leads to the page that explains the package. */
  function guideOf(name: string): string {
    const [folder = ''] = name.split('/')
    const guide = pages.find(({ route }) => route === routeOf(`packages/${folder}/README.md`, ids))
    return guide === undefined ? '' : `\n\nExplained with examples: [${guide.title}](/${guide.route}).`
  }

  const home = read('apps/docs/pages/index.md').replace('{providers}', toProviderLinks(providers))
  const pages = [toPage('apps/docs/pages/index.md', '', home)]
  for (const { title, sources } of sections) {
    const files = title === guides ? [...sources, ...others] : sources
    pages.push(...files.filter((path) => existsSync(join(root, path))).map((path) => toPage(path, title)))
    if (title === 'Providers') {
      pages.push({ ...makePage('providers', title, toProviderList(providers)), title: 'All providers' })
      for (const { provider } of providers) {
        const source = `packages/${provider.id}/README.md`
        pages.push(toPage(source, title, toProviderPage(read(source), provider)))
      }
    }
    if (title === 'Reference') {
      pages.push(makePage('reference/command', title, await makeCommandReference()))
      const entries = (await makeApiReference(root, '/reference/api')).map(
        ({ name, specifier, markdown }) => ({
          ...makePage(`reference/api/${name}`, apiSection, markdown.replace(/^# .*$/m, `$&${guideOf(name)}`)),
          summary: `Every export of \`${specifier}\`.`,
        }),
      )
      const links = entries.map(({ route, title }) => `- [${title}](/${route})\n`).join('')
      pages.push(makePage('reference/api', title, `# API reference\n\n${aboutApi}\n\n${links}`), ...entries)
    }
  }
  const records = decisions.map((path) => ({ ...toPage(path, 'Background'), unlisted: true }))
  const list = records.map(({ route, title }) => `- [${title}](/${route})\n`).join('')
  const about = 'Why some things are as they are, half a page each.'
  pages.push(makePage('decisions', 'Background', `# Decisions\n\n${about}\n\n${list}`), ...records)
  return pages
}

function makePage(route: string, section: string, markdown: string): Page {
  return { route, section, markdown, title: titleOf(markdown), summary: summaryOf(markdown) }
}

const withoutComments = (markdown: string) =>
  mapText(markdown, (text) => text.replace(/^<!--[\s\S]*?-->\n/gm, ''))
