/** A run of lines that are all inside a fenced block, the fences included, or all outside. */
interface Stretch {
  code: boolean
  text: string
}

function splitCode(markdown: string): Stretch[] {
  const stretches: Stretch[] = []
  let fence: string | undefined
  for (const line of markdown.split(/^/m)) {
    const [mark] = /^\s*(`{3,}|~{3,})/.exec(line) ?? []
    const code = fence !== undefined || mark !== undefined
    const last = stretches.at(-1)
    if (last?.code === code) last.text += line
    else stretches.push({ code, text: line })
    if (fence === undefined) fence = mark?.trim()
    else if (line.trim() === fence) fence = undefined
  }
  return stretches
}

/** Changes the text of a page and leaves its code blocks alone. */
export function mapText(markdown: string, change: (text: string) => string): string {
  return splitCode(markdown)
    .map(({ code, text }) => (code ? text : change(text)))
    .join('')
}

/** Changes the target of every link in the text. */
export function mapLinks(markdown: string, change: (target: string) => string): string {
  return mapText(markdown, (text) =>
    text.replace(/(\]\()([^)\s]+)(\))/g, (_link, open, target, close) => `${open}${change(target)}${close}`),
  )
}

/** The first heading, without its marks. */
export function titleOf(markdown: string): string {
  return plain(/^# (.+)$/m.exec(markdown)?.[1] ?? '')
}

/** The first sentence of the first paragraph after the heading, without a bold word before it. */
export function summaryOf(markdown: string): string {
  const paragraph = mapText(markdown, (text) => text)
    .replace(/^---\n[\s\S]*?\n---\n/, '')
    .replace(/```[\s\S]*?```/g, '')
    .split(/\n{2,}/)
    .map((part) => part.trim())
    .find((part) => /^[A-Z`[*]/.test(part))
    ?.replace(/^\*\*[^*]+\.\*\* /, '')
  const [sentence = ''] = /^.*?\.(?=\s|$)/s.exec(plain(paragraph ?? '')) ?? [plain(paragraph ?? '')]
  return sentence.replace(/\s+/g, ' ').replace(/:$/, '.')
}

/** Text without the marks of Markdown. */
function plain(text: string): string {
  return text.replace(/\[([^\]]*)\]\([^)]*\)/g, '$1').replace(/[`*]/g, '')
}

/** The anchor of a heading, as GitHub makes it: links work in the repository and on the site. */
export function slugify(heading: string): string {
  return plain(heading)
    .trim()
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .replace(/\s/g, '-')
}

/** The anchors of a page's headings; those of equal headings are numbered. */
export function anchorsOf(markdown: string): Set<string> {
  const anchors = new Set<string>()
  mapText(markdown, (text) => {
    for (const [, heading = ''] of text.matchAll(/^#{1,6} (.+)$/gm)) {
      const anchor = slugify(heading)
      let name = anchor
      for (let number = 1; anchors.has(name); number += 1) name = `${anchor}-${number}`
      anchors.add(name)
    }
    return text
  })
  return anchors
}
