import { percentEncode, toBase64 } from '../base/encoding.ts'
import type { CapturedRequest } from '../provider/rule.ts'
import { unreadable } from './raw-request.ts'

/** Whether a text is a curl command, as copied from a terminal, a document or a browser. */
export function isCurlCommand(text: string): boolean {
  return start.test(text)
}

const start = /^\s*(?:[$%>#] +|PS [^>\n]{0,200}> *|[A-Z]:\\[^>\n]{0,200}> *)?curl(?:\.exe)?\s/
const hint = 'Pass the curl command with every value written out, or the HTTP request that it sends.'

function unreadableCommand(problem: string): Error {
  return unreadable(`The curl command cannot be read: ${problem}`, hint)
}

/** The long names of short options; others do not change the request. */
const shortOptions: Readonly<Record<string, string>> = {
  X: 'request',
  H: 'header',
  d: 'data',
  u: 'user',
  A: 'user-agent',
  e: 'referer',
  b: 'cookie',
  F: 'form',
  T: 'upload-file',
  G: 'get',
  I: 'head',
  K: 'config',
}
const shortWithValue = /[XHduAebFTomxwDKEcCrtyYzPQU]/
const longWithValue =
  /^(?:request|header|data(?:-raw|-binary|-ascii|-urlencode)?|json|user|url|url-query|user-agent|referer|cookie|form(?:-string)?|upload-file|oauth2-bearer|output|output-dir|max-time|connect-timeout|retry(?:-delay|-max-time)?|proxy(?:-user|-header)?|noproxy|cacert|capath|cert|cert-type|key|key-type|pass|resolve|connect-to|interface|write-out|dump-header|config|cookie-jar|range|limit-rate|max-redirs|ciphers|tls-max|aws-sigv4|unix-socket|stderr|trace|trace-ascii|rate|speed-limit|speed-time|keepalive-time)$/

interface Command {
  urls: string[]
  method: string | undefined
  headers: [name: string, value: string][]
  data: string[]
  query: string[]
  json: boolean
  get: boolean
  head: boolean
  authorization: string | undefined
}

/**
 * The request that a curl command sends, in the quoting of a POSIX shell, of cmd (carets) or of PowerShell (backticks).
 *
 * @throws {VerificationError} `TOKEN_MALFORMED` when it takes a part from a file or a variable, or has no URL.
 */
export function parseCurlCommand(text: string): CapturedRequest {
  const words = toWords(text.replace(start, ''))
  const command: Command = {
    ...{ urls: [], method: undefined, headers: [], data: [], query: [], json: false, get: false },
    ...{ head: false, authorization: undefined },
  }
  for (let index = 0; index < words.length; index++) {
    const word = words[index] ?? ''
    if (word === '--next' || word === '-:') break
    if (word.startsWith('--')) {
      const name = word.slice(2)
      apply(command, name, longWithValue.test(name) ? optionValue(words, ++index, word) : '')
    } else if (word.startsWith('-') && word !== '-') {
      const at = word.slice(1).search(shortWithValue) + 1
      for (const flag of at === 0 ? word.slice(1) : word.slice(1, at))
        apply(command, shortOptions[flag] ?? '', '')
      if (at === 0) continue
      const value = word.length > at + 1 ? word.slice(at + 1) : optionValue(words, ++index, word)
      apply(command, shortOptions[word[at] ?? ''] ?? '', value)
    } else command.urls.push(word)
  }
  return toRequest(command)
}

function optionValue(words: readonly string[], index: number, option: string): string {
  const value = words[index]
  if (value === undefined) throw unreadableCommand(`its option ${option.slice(0, 40)} has no value.`)
  return value
}

function apply(command: Command, option: string, value: string): void {
  const addData = (data: string) => {
    if (data.startsWith('@')) throw unreadableCommand('it takes the body from a file.')
    command.data.push(data)
  }
  switch (option) {
    case 'request':
      command.method = value
      break
    case 'url':
      command.urls.push(value)
      break
    case 'header':
      command.headers.push(toHeader(value))
      break
    case 'data':
    case 'data-ascii':
    case 'data-binary':
      addData(value)
      break
    case 'data-raw':
      command.data.push(value)
      break
    case 'json':
      command.json = true
      addData(value)
      break
    case 'data-urlencode':
      command.data.push(urlEncode(value))
      break
    case 'url-query':
      command.query.push(value.startsWith('+') ? value.slice(1) : urlEncode(value))
      break
    case 'get':
      command.get = true
      break
    case 'head':
      command.head = true
      break
    case 'user':
      command.authorization = `Basic ${toBase64(new TextEncoder().encode(value))}`
      break
    case 'oauth2-bearer':
      command.authorization = `Bearer ${value}`
      break
    case 'user-agent':
    case 'referer':
    case 'cookie':
      command.headers.push([option, value])
      break
    case 'form':
    case 'form-string':
      throw unreadableCommand('curl chooses the boundary of a multipart body (-F) only when it sends it.')
    case 'upload-file':
      throw unreadableCommand('it takes the body from a file (-T).')
    case 'config':
      throw unreadableCommand('it takes options from a file (-K).')
  }
}

function toHeader(line: string): [name: string, value: string] {
  if (line.startsWith('@')) throw unreadableCommand('it takes headers from a file.')
  const colon = line.indexOf(':')
  return colon < 0 ? [line.replace(/;$/, ''), ''] : [line.slice(0, colon), line.slice(colon + 1).trim()]
}

/** `name=content`, `=content` or `content`, as `--data-urlencode` encodes it. */
function urlEncode(text: string): string {
  const equals = text.indexOf('=')
  if (/^[^=]*@/.test(text)) throw unreadableCommand('it takes a field from a file.')
  const name = equals > 0 ? text.slice(0, equals + 1) : ''
  return name + percentEncode(text.slice(equals + 1))
}

function toRequest({
  urls,
  method,
  headers: lines,
  data,
  query,
  json,
  get,
  head,
  authorization,
}: Command): CapturedRequest {
  const [address] = urls
  if (address === undefined) throw unreadableCommand('it has no URL.')
  const url = toUrl(address)
  const body = json ? data.join('') : data.join('&')
  const more = [...query, ...(get && body !== '' ? [body] : [])].join('&')
  const sends = data.length > 0 && !get
  const target = url.target + (more === '' ? '' : `${url.target.includes('?') ? '&' : '?'}${more}`)
  const headers = new Headers({ host: url.host })
  if (authorization !== undefined) headers.set('authorization', authorization)
  if (sends) headers.set('content-type', json ? 'application/json' : 'application/x-www-form-urlencoded')
  if (json) headers.set('accept', 'application/json')
  const given = new Set<string>()
  for (const [name, value] of lines) {
    const known = name.trim().toLowerCase()
    try {
      // A header that is given replaces curl's own; given twice, it is sent twice.
      if (given.has(known)) headers.append(known, value)
      else headers.set(known, value)
    } catch {
      throw unreadableCommand('one of its headers is not of the form name: value.')
    }
    given.add(known)
  }
  return {
    method: method ?? (head ? 'HEAD' : sends ? 'POST' : 'GET'),
    target,
    headers,
    body: new TextEncoder().encode(sends ? body : ''),
  }
}

function toUrl(address: string): { host: string; target: string } {
  const [, host, rest = ''] = /^(?:https?:\/\/)?(?:[^/?#@]*@)?([^/?#@]+)([^#]*)/i.exec(address) ?? []
  if (host === undefined || !/^[\w.:[\]-]+$/.test(host)) throw unreadableCommand('its URL has no host.')
  return { host: host.toLowerCase(), target: rest.startsWith('/') ? rest : `/${rest}` }
}

/** Splits a command line into words, by the quoting rules of the shell that it looks like. */
function toWords(text: string): string[] {
  if (/\^(?:"|\r?\n|$)/.test(text)) return splitWords(withoutCarets(text), cmd)
  return splitWords(text, /`\r?\n/.test(text) ? powerShell : posix)
}

/** A caret escapes the next character, and joins lines. */
function withoutCarets(text: string): string {
  return text.replace(/\^(\r?\n|[\s\S])?/g, (_caret, next = '') => (/^\r?\n$/.test(next) ? '' : next))
}

interface Quoting {
  /** The character that escapes the next one outside single quotes. */
  escape: string
  /** Which characters it escapes within double quotes. */
  escapable: RegExp
  singleQuotes: boolean
  /** Whether a doubled quotation mark within quotes is one mark. */
  doubles: boolean
  /** Where a variable begins; the value is not in the text. */
  variable: RegExp | undefined
}

const posix: Quoting = {
  escape: '\\',
  escapable: /["\\$`\n]/,
  singleQuotes: true,
  doubles: false,
  variable: /^\$[A-Za-z_{(]/,
}
const cmd: Quoting = {
  escape: '\\',
  escapable: /["\\]/,
  singleQuotes: false,
  doubles: true,
  variable: undefined,
}
const powerShell: Quoting = {
  escape: '`',
  escapable: /[\s\S]/,
  singleQuotes: true,
  doubles: true,
  variable: /^\$[A-Za-z_{(]/,
}

const ansiEscapes: Readonly<Record<string, string>> = {
  n: '\n',
  r: '\r',
  t: '\t',
  b: '\b',
  f: '\f',
  v: '\v',
  a: '\u0007',
  e: '\u001b',
}

/** Splits text up to the end of the command. */
function splitWords(text: string, quoting: Quoting): string[] {
  const { escape: escapeMark, escapable, singleQuotes, doubles, variable } = quoting
  const words: string[] = []
  let word: string | undefined
  let quote = ''
  for (let at = 0; at < text.length; at++) {
    const one = text[at] ?? ''
    const next = text[at + 1] ?? ''
    if (quote === "$'") {
      if (one === "'") quote = ''
      else if (one !== '\\') word += one
      else {
        const [whole = '', hex] =
          /^(?:u([\da-fA-F]{1,4})|x([\da-fA-F]{1,2}))/.exec(text.slice(at + 1, at + 6)) ?? []
        word +=
          whole === ''
            ? (ansiEscapes[next] ?? next)
            : String.fromCharCode(Number.parseInt(hex ?? whole.slice(1), 16))
        at += Math.max(whole.length, 1)
      }
    } else if (quote !== '' && one === quote) {
      if (doubles && next === quote) {
        word += one
        at += 1
      } else quote = ''
    } else if (quote === "'") word += one
    else if (variable?.test(one === '$' ? text.slice(at, at + 2) : '') === true)
      throw unreadableCommand('it contains a variable or another command, whose value is not in the text.')
    else if (
      one === escapeMark &&
      (quote === '' ? quoting !== cmd || escapable.test(next) : escapable.test(next))
    ) {
      // A line end that is escaped joins two lines.
      const isLineEnd = next === '\n' || (next === '\r' && text[at + 2] === '\n')
      if (!isLineEnd) word = (word ?? '') + next
      at += next === '\r' && isLineEnd ? 2 : 1
    } else if (quote !== '') word += one
    else if (one === '$' && next === "'" && quoting === posix) {
      quote = "$'"
      word ??= ''
      at += 1
    } else if (one === '"' || (one === "'" && singleQuotes)) {
      quote = one
      word ??= ''
    } else if (/\s/.test(one)) {
      if (word !== undefined) words.push(word)
      word = undefined
      // A line end that is not escaped ends the command, but pasted text is often broken before an option.
      if (one === '\n' && !/^\s*(?:-|["'])/.test(text.slice(at + 1, at + 200))) break
    } else if (/[|;&<>]/.test(one) && quoting !== cmd) {
      if (one === '>' && word !== undefined && /^\d$/.test(word)) word = undefined
      break
    } else word = (word ?? '') + one
  }
  if (quote !== '') throw unreadableCommand('a quotation mark is not closed.')
  if (word !== undefined) words.push(word)
  // Windows PowerShell passes on a quotation mark only if it is escaped twice.
  return quoting === powerShell ? words.map((one) => one.replaceAll('\\"', '"')) : words
}
