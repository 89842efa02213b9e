import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { build } from 'vitepress'
import { toLlmsFullText, toLlmsText, toMarkdownVersion } from './llms.ts'
import { type Page, readPages } from './pages.ts'
import { readSiteAddress } from './site-address.ts'
import { start } from './site-map.ts'

const docs = join(import.meta.dirname, '..')
const root = join(docs, '../..')
const output = join(docs, 'dist')

/** Writes the pages to where VitePress reads them, with the list that its configuration makes the sidebar of. */
export async function writePages(): Promise<Page[]> {
  const folder = join(docs, '.site')
  rmSync(folder, { recursive: true, force: true })
  const pages = await readPages(root)
  for (const page of pages) {
    write(join(folder, `${page.route}.md`), `${toFrontmatter(page)}${page.markdown}`)
  }
  write(join(folder, 'pages.json'), JSON.stringify(pages.map(({ markdown: _, ...page }) => page)))
  write(join(folder, 'palette.css'), readPalette())
  cpSync(join(root, 'apps/playground/public/mark.svg'), join(folder, 'public/mark.svg'))
  return pages
}

function toFrontmatter({ section, unlisted }: Page): string {
  const settings = [
    // The search finds what readers of the site look for before what explains the code.
    ...(unlisted === true ? ['search: false'] : []),
    ...(section === start ? ['prev: false', 'next: false'] : []),
  ]
  return settings.length === 0 ? '' : `---\n${settings.join('\n')}\n---\n\n`
}

/** The colours of the playground, the first rule of its style sheet. */
function readPalette(): string {
  const styles = readFileSync(join(root, 'apps/playground/src/style/base.css'), 'utf8')
  const [palette] = /^:root \{[\s\S]*?\n\}\n/.exec(styles) ?? []
  if (palette === undefined)
    throw new Error('The style sheet of the playground does not begin with its colours.')
  return palette
}

function write(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, text)
}

/** turbo has built the playground before this; without turbo it is built here. */
function buildPlayground(): void {
  if (process.env['TURBO_HASH'] !== undefined) return
  const parameters = ['exec', 'turbo', 'run', 'build', '--filter=@countersign/playground']
  const { status } = spawnSync('pnpm', [...parameters, '--output-logs=errors-only'], {
    cwd: root,
    stdio: 'inherit',
  })
  if (status !== 0) throw new Error('The playground was not built.')
}

if (import.meta.main) {
  const site = readSiteAddress()
  buildPlayground()
  const pages = await writePages()
  await build(docs)
  for (const page of pages) write(join(output, `${page.route}.md`), toMarkdownVersion(page, site))
  write(join(output, 'llms.txt'), toLlmsText(pages, site))
  write(join(output, 'llms-full.txt'), toLlmsFullText(pages, site))
  cpSync(join(root, 'apps/playground/dist'), join(output, 'playground'), { recursive: true })
  if (!existsSync(join(output, 'playground/index.html'))) throw new Error('The playground is missing.')
}
