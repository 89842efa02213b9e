/** One run of `pnpm test:full`. */
export interface FullRun {
  date: string
  where: string
  rows: readonly { name: string; result: string; seconds: number }[]
}

/** The heading of the section that `pnpm test:full` writes; everything before it is `pnpm conformance`'s. */
export const fullRunHeading = '## The last full run'

/** The page with its last section replaced. */
export function withFullRun(page: string, { date, where, rows }: FullRun): string {
  const lines = rows.map(({ name, result, seconds }) => `| ${name} | ${result} | ${seconds} s |`)
  return `${beforeFullRun(page)}${fullRunHeading}

\`pnpm test:full\` runs every check without a time limit and writes this table. ${date}, ${where}.

| Step | Result | Time |
|---|---|---|
${lines.join('\n')}
`
}

/** The page without the section, ending in an empty line. */
export function beforeFullRun(page: string): string {
  const start = page.indexOf(fullRunHeading)
  return `${(start < 0 ? page : page.slice(0, start)).trimEnd()}\n\n`
}

/** The section, or nothing before the first full run. */
export function fullRunSection(page: string): string {
  const start = page.indexOf(fullRunHeading)
  return start < 0 ? '' : page.slice(start)
}
