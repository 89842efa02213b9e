import { UsageError } from '../usage-error.ts'

/** `name=text` and `name:=JSON`, in the order given, as the members of an object. */
export function parseMembers(words: readonly string[], what: string): Record<string, unknown> {
  return Object.fromEntries(words.map((word) => parseMember(word, what)))
}

function parseMember(word: string, what: string): [name: string, value: unknown] {
  const at = word.indexOf('=')
  const isJson = word[at - 1] === ':'
  const name = word.slice(0, isJson ? at - 1 : at)
  if (at < 0 || name === '')
    throw new UsageError(`${what} is name=text, or name:=JSON such as admin:=true or limit:=5.`)
  const text = word.slice(at + 1)
  if (!isJson) return [name, text]
  try {
    return [name, JSON.parse(text)]
  } catch {
    throw new UsageError(`the value of ${what} ${name} is no JSON; for text write ${name}=….`)
  }
}
