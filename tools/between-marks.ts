import { readFileSync, writeFileSync } from 'node:fs'

/** Writes a text between `<!-- name -->` and `<!-- end -->` of a page. */
export function replaceBetween(page: string, name: string, text: string): void {
  const before = readFileSync(page, 'utf8')
  const marks = new RegExp(`<!-- ${name} -->[\\s\\S]*?<!-- end -->`)
  if (!marks.test(before)) throw new Error(`${page} has no place for ${name}.`)
  writeFileSync(
    page,
    before.replace(marks, () => `<!-- ${name} -->\n${text}\n<!-- end -->`),
  )
}
