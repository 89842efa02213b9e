import type { IncomingMessage } from 'node:http'
import { UsageError } from '../usage-error.ts'
import type { Refusal } from './refusal.ts'

/** One `--allow`: a method and a path that may be asked for. */
export interface AllowRule {
  /** The place of the mount that it is for; absent where it is for all. */
  place: string | undefined
  /** Absent where every method is meant. */
  methods: ReadonlySet<string> | undefined
  path: RegExp
  /** The rule as it was written, without the place. */
  text: string
}

const form = "--allow must be 'METHOD PATH', such as 'GET /v1/*' or 'GET,POST /v1/cards/{id}'"
const language =
  'PATH is compared with the path at the provider, without the query. {name} is one segment, and * as the last segment is everything below. For one mount: /eu=GET /v1/*'

/** Reads `METHOD PATH` or `PLACE=METHOD PATH`; repeated. */
export function collectAllow(text: string, all: readonly AllowRule[] = []): readonly AllowRule[] {
  const [, place, methods, path] =
    /^(?:([/:][^\s=]*)=)?(\*|[a-z]+(?:,[a-z]+)*) +(\/\S*)$/i.exec(text.trim()) ?? []
  if (methods === undefined || path === undefined) throw new UsageError(`${form}.`, `${language}.`)
  return [
    ...all,
    {
      place,
      methods: methods === '*' ? undefined : new Set(methods.toUpperCase().split(',')),
      path: toPattern(path),
      text: `${methods.toUpperCase()} ${path}`,
    },
  ]
}

/**
 * The rules of a mount: those for all mounts, and its own; `undefined` where every request may pass.
 *
 * @throws {UsageError} when a rule is for a place that nothing is mounted at.
 */
export function rulesOf(
  { name }: { name: string },
  rules: readonly AllowRule[],
  names: readonly string[],
): readonly AllowRule[] | undefined {
  if (rules.length === 0) return undefined
  const stranger = rules.find(({ place }) => place !== undefined && !names.includes(place))
  if (stranger !== undefined)
    throw new UsageError(
      `--allow names the place ${stranger.place}, and nothing is mounted there.`,
      `Places: ${names.filter((each) => each !== '').join(', ') || 'none, since one provider has every path'}.`,
    )
  return rules.filter(({ place }) => place === undefined || place === name)
}

/**
 * What servers read in more than one way: an empty segment, a backslash, path parameters (`;`), and percent-encoded
 * slashes, dots, percent signs, question marks, number signs and control characters. A pattern over the bytes would not mean what such a server does.
 */
const ambiguous = /\/\/|[\\;]|%(?:2[35ef]|3[bf]|5c|[01][\da-f]|7f)/i

/** Headers with which some servers take another method or path than those of the request line. */
const overrides = new Set([
  'x-http-method-override',
  'x-http-method',
  'x-method-override',
  'x-original-method',
  'x-original-path',
  'x-original-uri',
  'x-original-url',
  'x-rewrite-url',
])

/** Why a request is not allowed; `undefined` when a rule allows it, or there are none. */
export function checkAllowed(
  rules: readonly AllowRule[] | undefined,
  { method = '', headers }: Pick<IncomingMessage, 'method' | 'headers'>,
  target: string,
): Refusal | undefined {
  if (rules === undefined) return undefined
  const [path = ''] = target.split('?')
  // CGI and what came after it read _ and - as the same.
  const override = Object.keys(headers).find((name) => overrides.has(name.replaceAll('_', '-')))
  if (override !== undefined)
    return refuse(`The header ${override} is not allowed, since it may change what is asked for.`)
  if (!isPlain(path))
    return refuse(
      'The path could be read in more than one way: it has an empty segment, a ; or \\, a percent-encoded slash, dot, percent sign, question mark, number sign or control character, or is not UTF-8.',
    )
  if (rules.some((rule) => rule.methods?.has(method) !== false && rule.path.test(path))) return undefined
  const allowed = rules.map(({ text }) => text).join(', ')
  return refuse(
    `This request is not allowed. ${allowed === '' ? 'Nothing is allowed here' : `Allowed: ${allowed}`}.`,
  )
}

function refuse(message: string): Refusal {
  return { status: 403, code: 'NOT_ALLOWED', message }
}

function isPlain(path: string): boolean {
  if (ambiguous.test(path)) return false
  try {
    // What is made of the result matters: the bundler removes a call whose result nobody uses.
    return decodeURIComponent(path).length > 0
  } catch {
    return false
  }
}

/** A path as a pattern over its bytes: case and encoding count. */
function toPattern(path: string): RegExp {
  const parts = path.slice(1).split('/')
  const source = parts.map((part, index) => {
    if (/^\{\w+\}$/.test(part)) return '[^/]+'
    if (part === '*' && index === parts.length - 1) return '.*'
    if (/[*{}?#]/.test(part)) throw new UsageError(`${form}.`, `${language}.`)
    return part.replace(/[.+^$()|[\]\\]/g, '\\$&')
  })
  const literal = parts.map((part) => (/^\{\w+\}$|^\*$/.test(part) ? 'x' : part)).join('/')
  const sent = URL.canParse(`http://localhost/${literal}`)
    ? new URL(`http://localhost/${literal}`).pathname
    : ''
  if (!isPlain(`/${literal}`) || sent !== `/${literal}`)
    throw new UsageError(
      'The path of an --allow must be written as it is sent, without an empty or dot segment, ;, \\, and encoded slashes, dots, percent signs, question marks and number signs.',
      'Percent-encode other characters.',
    )
  return new RegExp(`^/${source.join('/')}$`)
}
