import { createHash } from 'node:crypto'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { addressOf, readSiteAddress, type SiteAddress } from './site-address.ts'

/** A built page, as far as the checks read it. */
interface Built {
  /** `errors`, `index` */
  route: string
  html: string
  ids: ReadonlySet<string>
}

/** What is wrong with a built site; each problem names the page. */
export function checkSite(folder: string, site: SiteAddress = { base: '/' }): string[] {
  const files = globSync('**/*.html', { cwd: folder, exclude: ['playground/**'] }).sort()
  const pages = files.map((file): Built => {
    const html = readFileSync(join(folder, file), 'utf8')
    const ids = new Set([...html.matchAll(/\sid="([^"]+)"/g)].map(([, id = '']) => decode(id)))
    return { route: file.replace(/\.html$/, ''), html, ids }
  })
  const byRoute = new Map(pages.map((page) => [page.route, page]))
  const listed = pages.filter(({ route }) => route !== '404')
  if (listed.length === 0) return ['There are no pages.']
  return [
    ...listed.flatMap((page) => checkLinks(page, byRoute, folder, site)),
    ...pages.flatMap((page) => checkRequests(page, site)),
    ...pages.flatMap(checkPolicy),
    ...checkMarkdown(listed, folder, site),
    ...checkSitemap(listed, folder, site),
    ...checkStyles(folder),
  ]
}

const decode = (text: string) => text.replaceAll('&amp;', '&').replaceAll('&quot;', '"')

function checkLinks(
  { route, html }: Built,
  byRoute: ReadonlyMap<string, Built>,
  folder: string,
  { base }: SiteAddress,
): string[] {
  return [...html.matchAll(/<a\s[^>]*?href="([^"]*)"/g)].flatMap(([, href = '']) => {
    const target = decode(href)
    if (/^(https|mailto):/.test(target)) return []
    const { pathname, hash } = new URL(target, `http://site${base}${route}`)
    if (!pathname.startsWith(base)) return [`${route} links to ${target}, which is outside of ${base}`]
    const path = decodeURIComponent(pathname.slice(base.length))
    const page = byRoute.get(path === '' ? 'index' : path)
    if (page === undefined)
      return existsSync(join(folder, path)) ? [] : [`${route} links to ${target}, which is missing`]
    const id = decodeURIComponent(hash.slice(1))
    return id === '' || page.ids.has(id) ? [] : [`${route} links to ${target}; the page has no such heading`]
  })
}

/** Nothing that a page loads may be at another origin, or outside of the site. */
function checkRequests({ route, html }: Built, { base }: SiteAddress): string[] {
  const loads = [
    ...html.matchAll(/<(?:script|img|iframe|source|video|audio|embed|object)\s[^>]*?(?:src|data)="([^"]*)"/g),
  ]
  const links = [...html.matchAll(/<link\s[^>]*?>/g)].flatMap(([link]) =>
    /rel="(?:canonical|alternate)"/.test(link) ? [] : [...link.matchAll(/href="([^"]*)"/g)],
  )
  return [...loads, ...links]
    .map(([, address = '']) => address)
    .filter((address) => /^(?:[a-z]+:)?\/\//.test(address) || !`${address}/`.startsWith(base))
    .map((address) => `${route} loads ${address}`)
}

function checkPolicy({ route, html }: Built): string[] {
  const policy = decode(/http-equiv="Content-Security-Policy" content="([^"]*)"/.exec(html)?.[1] ?? '')
  if (policy === '') return [`${route} has no Content-Security-Policy`]
  const problems = [...html.matchAll(/<script(?![^>]*\bsrc=)[^>]*>([\s\S]*?)<\/script>/g)]
    .map(([, code = '']) => `sha256-${createHash('sha256').update(code).digest('base64')}`)
    .filter((hash) => !policy.includes(hash))
    .map((hash) => `${route} has a script that its policy refuses: ${hash}`)
  const [style] = /<[^>]+\sstyle="[^"]*"[^>]*>/.exec(html) ?? []
  if (style !== undefined)
    problems.push(`${route} has a style that its policy refuses: ${style.slice(0, 200)}`)
  const [handler] = /<[^>]+\son[a-z]+="[^"]*"/.exec(html) ?? []
  if (handler !== undefined) problems.push(`${route} has a handler that its policy refuses: ${handler}`)
  return problems
}

/** Each page has a Markdown version, and `llms.txt` names exactly those of all pages but the home page. */
function checkMarkdown(pages: readonly Built[], folder: string, site: SiteAddress): string[] {
  const read = (file: string) =>
    existsSync(join(folder, file)) ? readFileSync(join(folder, file), 'utf8') : ''
  const missing = pages.filter(({ route }) => !/^# \S/m.test(read(`${route}.md`)))
  const start = addressOf(site, '/')
  const named = new Set(
    [...read('llms.txt').matchAll(/\]\(([^)]+)\.md\)/g)].map(([, address = '']) =>
      address.startsWith(start) ? address.slice(start.length) : address,
    ),
  )
  const full = read('llms-full.txt')
  return [
    ...missing.map(({ route }) => `${route} has no Markdown version`),
    ...pages
      .filter(({ route }) => route !== 'index' && !named.has(route))
      .map(({ route }) => `llms.txt does not name ${route}`),
    ...[...named]
      .filter((route) => !pages.some((page) => page.route === route))
      .map((route) => `llms.txt names ${route}, which is missing`),
    ...pages
      .filter(({ route }) => !full.includes(`<!-- ${start}${route}.md -->`))
      .map(({ route }) => `llms-full.txt leaves out ${route}`),
  ]
}

/** The sitemap of a site whose address is known names each page, and nothing else. */
function checkSitemap(pages: readonly Built[], folder: string, site: SiteAddress): string[] {
  if (site.url === undefined) return []
  const file = join(folder, 'sitemap.xml')
  if (!existsSync(file)) return ['There is no sitemap.xml.']
  const named = [...readFileSync(file, 'utf8').matchAll(/<loc>([^<]*)<\/loc>/g)].map(([, url = '']) => url)
  const wanted = pages.map(({ route }) => addressOf(site, `/${route}`.replace(/\/index$/, '/')))
  return [
    ...wanted.filter((url) => !named.includes(url)).map((url) => `sitemap.xml does not name ${url}`),
    ...named
      .filter((url) => !wanted.includes(url))
      .map((url) => `sitemap.xml names ${url}, which is missing`),
  ]
}

function checkStyles(folder: string): string[] {
  return globSync('assets/**/*.css', { cwd: folder }).flatMap((file) =>
    [
      ...readFileSync(join(folder, file), 'utf8').matchAll(/url\(\s*["']?((?:https?:)?\/\/[^)"']+)|@import/g),
    ].map(([rule]) => `${file} loads ${rule}`),
  )
}

if (import.meta.main) {
  const problems = checkSite(join(import.meta.dirname, '../dist'), readSiteAddress())
  for (const problem of problems) console.error(problem)
  console.log(`${problems.length} problems`)
  if (problems.length > 0) process.exitCode = 1
}
