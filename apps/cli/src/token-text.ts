import { toVariable } from './field-names.ts'

/** What `token` prints: the token, the word before it, and when it ends (epoch milliseconds). */
export interface PlainToken {
  value: string
  scheme: string
  expiresAt: number
}

/** Forms of `--format`. */
export const tokenFormats = ['env', 'dotenv', 'json'] as const
export type TokenFormat = (typeof tokenFormats)[number]

/** A token in one of the forms, one line without its end. */
export function tokenText(token: PlainToken, provider: string, format: TokenFormat): string {
  const name = toVariable(provider, 'token')
  return format === 'json' ? JSON.stringify(token) : toVariableLine(name, token.value, format)
}

/** A line that sets a variable, for a shell or for a `.env` file. */
export function toVariableLine(name: string, value: string, format: 'env' | 'dotenv'): string {
  return format === 'env'
    ? `export ${name}='${value.replaceAll("'", `'\\''`)}'`
    : `${name}=${dotenvQuote(value)}`
}

/**
 * Readers of such files have no common escape, so the quotation mark is chosen; `docker --env-file` takes
 * quotation marks as part of the value, so they are left out where nothing needs them.
 */
function dotenvQuote(value: string): string {
  if (/^[\w.~+/=:@%,-]+$/.test(value)) return value
  const marks = /[$\\]/.test(value) ? ["'", '`', '"'] : ['"', "'", '`']
  const mark = marks.find((candidate) => !value.includes(candidate)) ?? '"'
  return `${mark}${value}${mark}`
}
