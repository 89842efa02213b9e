import { escapeControls, type Output } from '../output.ts'

const token = /"[^"\\]*(?:\\.[^"\\]*)*"|[[\]{}:,]|[^\s[\]{}:,"]+/g

/**
 * JSON on lines of its own, in colours; `undefined` for what is no JSON. Numbers, and members that are there
 * twice, stay as they came: nothing goes through a JavaScript value.
 */
export function formatJson(text: string, { paint }: Pick<Output, 'paint'>): string | undefined {
  if (!isJson(text)) return undefined
  const tokens = text.match(token) ?? []
  let depth = 0
  let formatted = ''
  const line = () => `\n${'  '.repeat(depth)}`
  tokens.forEach((word, index) => {
    const next = tokens[index + 1]
    const empty = (word === '{' && next === '}') || (word === '[' && next === ']')
    if (word === '{' || word === '[') {
      depth += 1
      formatted += word + (empty ? '' : line())
    } else if (word === '}' || word === ']') {
      depth -= 1
      const before = tokens[index - 1]
      formatted += (before === '{' || before === '[' ? '' : line()) + word
    } else if (word === ',') formatted += word + line()
    else if (word === ':') formatted += ': '
    else formatted += paintWord(word, next === ':', paint)
  })
  return formatted
}

/** The same JSON on one line, every number and string as it came; `undefined` for what is not JSON. */
export function minifyJson(text: string): string | undefined {
  return isJson(text) ? (text.match(token) ?? []).join('') : undefined
}

function paintWord(word: string, isName: boolean, paint: Output['paint']): string {
  if (isName) return paint('blue', escapeControls(word))
  if (word.startsWith('"')) return paint('green', escapeControls(word))
  return word === 'null' ? paint('dim', word) : paint('yellow', word)
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}
