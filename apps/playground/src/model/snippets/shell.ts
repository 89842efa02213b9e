import type { Entry } from '../../providers.ts'
import type { Desk } from '../desk.ts'
import { hasHiddenCharacters, replaceHiddenCharacters } from '../hidden-characters.ts'
import { carriesBody, noAddress, toFile, toKebab, toParts, toPath, toUrl, toVariable } from './parts.ts'

/** A `countersign request` that sends it. */
export function toCommand(entry: Entry, desk: Desk): string {
  if (hasNul(entry, desk)) return noNul
  const { method, body } = desk.request
  const data = carriesBody(desk) ? toData(body) : undefined
  const lines = [
    `${data?.pipe ?? ''}countersign request ${entry.provider.id} ${method} ${shell(toAddress(toPath(desk)))}`,
    ...(data === undefined ? [] : [data.flag]),
    ...toFlags(entry, desk),
  ]
  return [...toRemarks(entry, desk), lines.join(' \\\n  ')].join('\n')
}

/** A curl that sends it, with the proof that `countersign token` makes when it runs. */
export function toCurl(entry: Entry, desk: Desk): string {
  if (hasNul(entry, desk)) return noNul
  const { method, body } = desk.request
  const url = toUrl(entry, desk)
  if (url === undefined) return noAddress
  const data = carriesBody(desk) ? toData(body) : undefined
  const token = [...toTokenWords(entry, desk, url, data?.flag), '--header']
  // Not within the call's own words: there an interactive shell looks for its history behind each "!".
  const proof = `authorization=$(${isSignedAlone(entry) ? (data?.pipe ?? '') : ''}${token.join(' \\\n  ')}) &&`
  const lines = [
    `  curl --globoff ${method === 'HEAD' ? '--head' : `--request ${method}`} ${shell(url.href)}`,
    '--header "$authorization"',
    ...(data === undefined ? [] : [`--header 'content-type: application/json'`, `--data-raw ${shell(body)}`]),
  ]
  return [...toRemarks(entry, desk), proof, lines.join(' \\\n    ')].join('\n')
}

/** Shown instead of a snippet that a shell cannot run. */
const noNul = '# The form contains a NUL character, which a shell cannot pass on.'

function hasNul(entry: Entry, desk: Desk): boolean {
  const { path, body } = desk.request
  const values = toParts(entry, desk).plain.flatMap(([, value]) => value)
  return [path, body, ...values].some((value) => String(value).includes('\0'))
}

/** The words of `countersign token` for this request. */
export function toTokenWords(entry: Entry, desk: Desk, url: URL, data: string | undefined): string[] {
  const { method } = desk.request
  const ofRequest = [
    `--method ${method} --uri ${shell(url.pathname + url.search)}`,
    ...(data === undefined ? [] : [data]),
  ]
  return [
    `countersign token ${entry.provider.id}`,
    ...(isSignedAlone(entry) ? ofRequest : []),
    ...toFlags(entry, desk),
  ]
}

/** Whether each request has a proof of its own, over its address. */
export function isSignedAlone({ provider }: Entry): boolean {
  return provider.rules.some(({ id }) => id.endsWith('.uri'))
}

/** Says which variables have to be there. */
export function toRemarks(entry: Entry, desk: Desk): string[] {
  const { fields } = entry.provider
  return toParts(entry, desk).variables.map(
    (name) => `# The ${fields[name]?.title.toLowerCase()} is read from ${toVariable(entry, name)}.`,
  )
}

function toFlags(entry: Entry, desk: Desk): string[] {
  const { plain, files } = toParts(entry, desk)
  return [
    ...plain.map(([name, value]) => toFlag(name, Array.isArray(value) ? value.join(',') : String(value))),
    ...files.map((name) => `--${toKebab(name)} ${toFile(name)}`),
  ]
}

/** A flag; a value that begins like one is tied to it. */
function toFlag(name: string, value: string): string {
  return `--${toKebab(name)}${value.startsWith('-') ? '=' : ' '}${shell(value)}`
}

/** The body as the command takes it; one that would mean a file, stdin or a flag comes through a pipe. */
function toData(body: string): { pipe: string; flag: string } {
  if (!/^[@-]/.test(body)) return { pipe: '', flag: `--data ${shell(body)}` }
  return { pipe: `printf %s ${shell(body)} | `, flag: '--data -' }
}

/** A path that the command takes for nothing but a path: no flag, no whole address, no query alone. */
function toAddress(path: string): string {
  return path === '' || /^(?:[?#-]|[a-z][a-z\d+.-]*:)/i.test(path) ? `/${path}` : path
}

/**
 * One word of a shell. Hidden characters act on the terminal into which a snippet is pasted (a tab completes, the
 * end of a bracketed paste makes the rest count as typed), so they are written as escapes of `$'…'`, byte for byte:
 * its `\\u` would depend on the locale.
 */
export function shell(text: string): string {
  if (/^[\w@%+=:,./-]+$/.test(text)) return text
  if (!hasHiddenCharacters(text)) return `'${text.replaceAll("'", `'\\''`)}'`
  const escaped = text.replace(/[\\'!]/g, toHexEscapes)
  return `$'${replaceHiddenCharacters(escaped, toHexEscapes)}'`
}

function toHexEscapes(character: string): string {
  const bytes = new TextEncoder().encode(character)
  return Array.from(bytes, (byte) => `\\x${byte.toString(16).padStart(2, '0')}`).join('')
}
