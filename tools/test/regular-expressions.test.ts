import { globSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { createContext, runInContext } from 'node:vm'
import { parseSync, Visitor } from 'oxc-parser'
import { expect, test } from 'vitest'

const root = fileURLToPath(new URL('../..', import.meta.url))

interface Found {
  /** Where it is written, and the expression. */
  label: string
  pattern: string
  flags: string
}

/** Every regular expression literal of the source that ships. */
function findAll(): Found[] {
  return globSync('{packages,apps}/*/src/**/*.{ts,tsx}', { cwd: root }).flatMap((path) => {
    const found: Found[] = []
    const { program } = parseSync(path, readFileSync(`${root}/${path}`, 'utf8'))
    new Visitor({
      Literal(node) {
        if (!('regex' in node) || node.regex === undefined || node.regex === null) return
        const { pattern, flags } = node.regex
        found.push({ label: `${path}: /${pattern}/${flags}`, pattern, flags })
      },
    }).visit(program)
    return found
  })
}

/** These read JSON that was parsed before: every quote is closed, so no search goes to the end in vain. */
const onlyOnValidJson: readonly string[] = [
  String.raw`/"[^"\\]*(?:\\.[^"\\]*)*"|[[\]{}:,]|[^\s[\]{}:,"]+/g`,
  String.raw`/("(?:[^"\\]|\\.)*")(\s*:)?|[{}[\]]/g`,
]

/** Four times the size of what is judged, so that quadratic time cannot be mistaken for a slow computer. */
const length = 262_144

/**
 * Texts of pieces that the expression can match, over and over, and an end that it cannot. Quadratic time
 * shows when a repetition is tried again from each of its positions.
 */
function attacks(pattern: string): string[] {
  const literals = pattern
    .replace(/\\[bBdDsSwWpP](?:\{[^}]*\})?|\[\^?|[\]()|+*?{}^$]|\?[:=!<]+/g, ' ')
    .replace(/\\u\{?([\dA-Fa-f]{2,6})\}?|\\x([\dA-Fa-f]{2})/g, (_whole, a, b) =>
      String.fromCodePoint(Number.parseInt(a ?? b, 16)),
    )
    .replace(/\\n/g, '\n')
    .replace(/\\r/g, '\r')
    .replace(/\\(.)/g, '$1')
    .split(' ')
    .filter((piece) => piece !== '')
  const pieces = [...new Set(['a', 'A', '0', ' ', '\n', '-', '_', '.', '/', ...literals])].slice(0, 16)
  const pumps = new Set(
    pieces.flatMap((piece) => [piece, `${piece}a`, `${piece} `, `${piece}${pieces.at(-1)}`]),
  )
  const fill = (piece: string) => piece.repeat(Math.ceil(length / piece.length)).slice(0, length)
  const bodies = [...pumps].map(fill)
  const begun = literals.slice(0, 4).flatMap((start) => ['a', '0', ' ', '-', '"'].map((p) => start + fill(p)))
  return [...bodies, ...begun].map((body) => `${body}\u0000`)
}

/**
 * Runs in a context of its own that V8 ends after a generous while: linear time takes about a millisecond,
 * quadratic time takes minutes. So nothing is measured that depends on the computer.
 */
const context = createContext({ text: '', expression: /x/ })

function isLinear(pattern: string, flags: string): boolean {
  const texts = attacks(pattern)
  try {
    for (const text of texts) {
      Object.assign(context, { text, expression: new RegExp(pattern, flags) })
      runInContext('text.replace(expression, "")', context, { timeout: 4_000 })
    }
    return true
  } catch (error) {
    if ((error as { code?: string }).code === 'ERR_SCRIPT_EXECUTION_TIMEOUT') return false
    throw error
  }
}

test('the check finds expressions that take quadratic or exponential time', () => {
  for (const expression of [/\s+$/, /\/+$/, /(?:a+)+b/])
    expect(isLinear(expression.source, expression.flags), String(expression)).toBe(false)
  for (const expression of [/^\s+/, /\S+@/y, /[^/]/])
    expect(isLinear(expression.source, expression.flags)).toBe(true)
})

test('every regular expression of the source takes linear time', () => {
  const found = findAll()
  expect(found.length).toBeGreaterThan(100)
  const distinct = new Map(found.map((each) => [`/${each.pattern}/${each.flags}`, each]))
  for (const known of onlyOnValidJson) expect(distinct.delete(known), known).toBe(true)
  const slow = [...distinct.values()].filter(({ pattern, flags }) => !isLinear(pattern, flags))
  expect(slow.map(({ label }) => label)).toEqual([])
})
