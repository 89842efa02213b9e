import { mapLinks } from './markdown.ts'
import type { Page } from './pages.ts'
import { addressOf, type SiteAddress } from './site-address.ts'

/** The Markdown version of a page, whose links lead to Markdown versions. */
export function toMarkdownVersion({ markdown }: Page, site: SiteAddress): string {
  const plain = markdown.replace(/^---\n[\s\S]*?\n---\n+/, '').replace(/^:::.*\n\n?/gm, '')
  return mapLinks(plain, (target) => {
    if (!target.startsWith('/')) return target
    return addressOf(site, target.startsWith('/playground/') ? target : markdownPath(target))
  })
}

/** `/errors#network` → `/errors.md#network` */
function markdownPath(target: string): string {
  const [path = '', anchor = ''] = target.split(/(?=#)/)
  return `${path === '/' ? '/index' : path}.md${anchor}`
}

/** The list of all pages for language models, as https://llmstxt.org describes it. */
export function toLlmsText(pages: readonly Page[], site: SiteAddress): string {
  const [home] = pages
  const sections = [...new Set(pages.map(({ section }) => section))].filter((section) => section !== '')
  const lists = sections.map((section) => {
    const links = pages
      .filter((page) => page.section === section)
      .map(
        ({ route, title, summary }) =>
          `- [${title}](${addressOf(site, `/${route}.md`)})${summary === '' ? '' : `: ${summary}`}`,
      )
    return `## ${section}\n\n${links.join('\n')}\n`
  })
  return `# Countersign\n\n> ${home?.summary}\n\nAll pages in one file: [llms-full.txt](${addressOf(site, '/llms-full.txt')})\n\n${lists.join('\n')}`
}

/** All pages, one after the other, each with its address. */
export function toLlmsFullText(pages: readonly Page[], site: SiteAddress): string {
  return pages
    .map((page) => `<!-- ${addressOf(site, `/${page.route}.md`)} -->\n\n${toMarkdownVersion(page, site)}`)
    .join('\n')
}
