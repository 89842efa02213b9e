import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type DefaultTheme, defineConfig, type MarkdownRenderer } from 'vitepress'
import { slugify } from '../build/markdown.ts'
import { addressOf, readSiteAddress } from '../build/site-address.ts'
import { readRepositoryUrl } from '../build/site-map.ts'
import { codeTheme, colourByClass } from './code-theme.ts'

interface ListedPage {
  route: string
  title: string
  summary: string
  section: string
  unlisted?: boolean
}

const source = join(import.meta.dirname, '../.site')
const site = readSiteAddress()
const pages = JSON.parse(readFileSync(join(source, 'pages.json'), 'utf8')) as ListedPage[]
const listed = pages.filter(({ section, unlisted }) => section !== '' && unlisted !== true)

/** The pages of sections, a group each. */
function groupsOf(sections: readonly string[]): DefaultTheme.SidebarItem[] {
  return sections.map((section) => ({
    text: section,
    items: listed
      .filter((page) => page.section === section)
      .map(({ title, route }) => ({ text: title.replace(/^@countersign\//, ''), link: `/${route}` })),
  }))
}

const api = 'API'
const sections = [...new Set(listed.map(({ section }) => section))]

/**
 * Readers of a screen are told of a header cell without text: it becomes a cell like others. The playground is a page
 * of its own, which the router of the site does not know.
 */
function adjustTokens(markdown: MarkdownRenderer): void {
  markdown.core.ruler.push('adjust-tokens', ({ tokens }) => {
    for (const [index, token] of tokens.entries()) {
      const close = tokens[index + 2]
      if (token.type === 'th_open' && tokens[index + 1]?.content === '' && close !== undefined)
        token.tag = close.tag = 'td'
      for (const child of token.children ?? []) {
        const href = child.attrGet('href') ?? ''
        if (!href.startsWith('/playground/')) continue
        child.attrSet('target', '_self')
        // VitePress leaves a link with a target as it is.
        child.attrSet('href', `${site.base}${href.slice(1)}`)
      }
    }
  })
}

interface Renders {
  render(source: string, env: unknown): string
}

interface SearchedPage {
  relativePath: string
  frontmatter?: Readonly<Record<string, unknown>>
}

/** What the search reads: an export is one place to find, with its properties and examples. */
function renderForSearch(source: string, env: SearchedPage, markdown: Renders): string {
  const html = markdown.render(source, env)
  if (env.frontmatter?.['search'] === false) return ''
  if (!env.relativePath.startsWith('reference/api/')) return html
  return html.replace(/<h[4-6][\s\S]*?<\/h[4-6]>/g, '')
}

const hashOf = (text: string) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`

/** The default theme adds this style while it switches between light and dark. */
const noTransitions =
  '*,*::before,*::after{-webkit-transition:none!important;-moz-transition:none!important;-o-transition:none!important;-ms-transition:none!important;transition:none!important}'

/** The page runs its own scripts and connects to nothing but its own origin. */
function policyOf(html: string): string {
  const inline = [...html.matchAll(/<script(?![^>]*\bsrc=)[^>]*>([\s\S]*?)<\/script>/g)].map(
    ([, code = '']) => hashOf(code),
  )
  return [
    "default-src 'none'",
    `script-src 'self' ${[...new Set(inline)].join(' ')}`.trim(),
    `style-src 'self' ${hashOf(noTransitions)}`,
    "img-src 'self' data:",
    "font-src 'self'",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ')
}

export default defineConfig({
  srcDir: '.site',
  outDir: 'dist',
  base: site.base,
  ...(site.url !== undefined && { sitemap: { hostname: site.url } }),
  cleanUrls: true,
  title: 'Countersign',
  description: 'Authentication to APIs that want proof signed with an RSA key.',
  lang: 'en',
  metaChunk: true,
  // An inlined font would be a `data:` URL, which the policy does not allow.
  vite: { build: { assetsInlineLimit: 0, chunkSizeWarningLimit: 5_000 } },
  head: [['link', { rel: 'icon', type: 'image/svg+xml', href: `${site.base}mark.svg` }]],
  markdown: {
    anchor: { slugify },
    theme: codeTheme,
    codeTransformers: [colourByClass],
    config: adjustTokens,
  },
  transformPageData: ({ relativePath }) => {
    const page = pages.find(({ route }) => `${route}.md` === relativePath)
    return page === undefined ? {} : { description: page.summary }
  },
  transformHead: ({ page }) => [
    ['link', { rel: 'alternate', type: 'text/markdown', href: addressOf(site, `/${page}`) }],
  ],
  transformHtml(html) {
    // What the default theme sets by attributes, `style.css` sets.
    const plain = html.replaceAll(/ style="(?:--vp-vh:0px|position:relative);"/g, '')
    const policy = `<meta http-equiv="Content-Security-Policy" content="${policyOf(plain)}">`
    return plain.replace('<meta charset="utf-8">', `$&\n    ${policy}`)
  },
  themeConfig: {
    search: { provider: 'local', options: { _render: renderForSearch } },
    nav: [
      { text: 'Start', link: '/start/node', activeMatch: '/start/' },
      { text: 'Providers', link: '/providers', activeMatch: '/providers' },
      { text: 'Errors', link: '/errors' },
      { text: 'API', link: '/reference/api', activeMatch: '/reference/api' },
      { text: 'Playground', link: '/playground/index.html', target: '_self' },
      { text: 'Source', link: readRepositoryUrl(join(import.meta.dirname, '../../..')) },
    ],
    sidebar: {
      '/reference/api/': [
        { text: 'Reference', items: [{ text: 'All packages', link: '/reference/api' }] },
        ...groupsOf([api]),
      ],
      '/': groupsOf(sections.filter((section) => section !== api)),
    },
    logo: '/mark.svg',
    outline: [2, 3],
  },
  ignoreDeadLinks: [/^\/playground\//],
})
