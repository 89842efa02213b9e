import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { bannedPhrases } from './vocabulary/phrases.ts'

const text = /\.(ts|tsx|mjs|md|sh|json|yaml|html|css)$|^\.ci\//
const excluded =
  /pnpm-lock\.yaml$|\/vectors\/|CHANGELOG\.md$|^tools\/vocabulary\/|^tools\/test\/check-vocabulary/

/** One use of a banned phrase. */
export interface Finding {
  path: string
  line: number
  phrase: string
  instead: string
}

/** Identifiers as words: `keyFacts`, `key-facts` and `KEY_FACTS` are all "key facts". */
function toWords(line: string): string {
  return line
    .replace(/([a-z\d])([A-Z])/g, '$1 $2')
    .replace(/(?<=\w)[_-](?=\w)/g, ' ')
    .toLowerCase()
}

/** Finds banned phrases in the path and in every line of a file. */
export function findBanned(path: string, content: string): Finding[] {
  const phrases = bannedPhrases.filter(({ files }) => files === undefined || files.test(path))
  return [path, ...content.split('\n')].flatMap((line, number) => {
    const words = toWords(line)
    return phrases.flatMap(({ pattern, instead }) => {
      const [phrase] = pattern.exec(words) ?? []
      return phrase === undefined ? [] : [{ path, line: number, phrase, instead }]
    })
  })
}

/** The workspace member or top folder that a file is in. */
function areaOf(path: string): string {
  const [first = '', second = ''] = path.split('/')
  return ['packages', 'apps'].includes(first) ? `${first}/${second}` : path.includes('/') ? first : '.'
}

if (import.meta.main) {
  const root = fileURLToPath(new URL('..', import.meta.url))
  const allowed: Record<string, number> = JSON.parse(
    readFileSync(new URL('vocabulary/allowed.json', import.meta.url), 'utf8'),
  )
  const files = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '-z'], {
    cwd: root,
    encoding: 'utf8',
  })
  const findings = files
    .split('\0')
    .filter((path) => text.test(path) && !excluded.test(path))
    .flatMap((path) => {
      try {
        return findBanned(path, readFileSync(`${root}${path}`, 'utf8'))
      } catch (error) {
        // Deleted but not yet staged.
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
        throw error
      }
    })
  const byArea = Map.groupBy(findings, ({ path }) => areaOf(path))
  const [command, area] = process.argv.slice(2)
  for (const [name, found] of [...byArea].sort()) {
    const most = allowed[name] ?? 0
    if (command === '--list' ? area === undefined || area === name : found.length > most)
      for (const { path, line, phrase, instead } of found)
        console.log(`${path}:${line}: "${phrase}"; write: ${instead}`)
    if (found.length > most) {
      console.error(`${name}: ${found.length} banned phrases, ${most} allowed`)
      process.exitCode = 1
    } else console.log(`${name}: ${found.length} of ${most} allowed`)
  }
  if (command === '--counts')
    console.log(
      JSON.stringify(
        Object.fromEntries([...byArea].map(([name, { length }]) => [name, length]).sort()),
        null,
        2,
      ),
    )
}
