import { escapeHiddenCharacters, hasHiddenCharacters } from '@countersign/core/provider'
import type { Entry } from '../../providers.ts'
import { hasBody, type ProviderForm } from '../provider-form.ts'
import { noAddress, toFile, toKebab, toParts, toPath, toUrl, toVariable } from './parts.ts'

/** A `countersign request` that sends the request of the form. */
export function toCommand(entry: Entry, form: ProviderForm): string {
  if (hasNul(entry, form)) return noNul
  const { method, body } = form.request
  const data = hasBody(form.request) ? toData(body) : undefined
  const lines = [
    `${data?.pipe ?? ''}countersign request ${entry.provider.id} ${method} ${shell(toAddress(toPath(form)))}`,
    ...(data === undefined ? [] : [data.flag]),
    ...toFlags(entry, form),
  ]
  return [install, ...toRemarks(entry, form), lines.join(' \\\n  ')].join('\n')
}

/** A curl that sends it, with a proof that `countersign token` makes when it runs. */
export function toCurl(entry: Entry, form: ProviderForm): string {
  if (hasNul(entry, form)) return noNul
  const { method, body } = form.request
  const url = toUrl(entry, form)
  if (url === undefined) return noAddress
  const data = hasBody(form.request) ? toData(body) : undefined
  const token = [...toTokenWords(entry, form, url, data?.flag), '--header']
  // Not inside curl's own arguments: there an interactive shell would expand each "!" from its history.
  const proof = `authorization=$(${signsRequests(entry) ? (data?.pipe ?? '') : ''}${token.join(' \\\n  ')}) &&`
  const lines = [
    `  curl --globoff ${method === 'HEAD' ? '--head' : `--request ${method}`} ${shell(url.href)}`,
    '--header "$authorization"',
    ...(data === undefined ? [] : [`--header 'content-type: application/json'`, `--data-raw ${shell(body)}`]),
  ]
  return [install, ...toRemarks(entry, form), proof, lines.join(' \\\n    ')].join('\n')
}

/** How to get the command. */
const install = '# npm install --global @countersign/cli'

/** Shown instead of a snippet that a shell cannot run. */
const noNul = '# The form contains a NUL character, which a shell cannot pass on.'

function hasNul(entry: Entry, form: ProviderForm): boolean {
  const { path, body } = form.request
  const values = toParts(entry, form).plain.flatMap(([, value]) => value)
  return [path, body, ...values].some((value) => String(value).includes('\0'))
}

/** The words of the `countersign token` call for this request. */
export function toTokenWords(entry: Entry, form: ProviderForm, url: URL, data: string | undefined): string[] {
  const { method } = form.request
  const ofRequest = [
    `--method ${method} --uri ${shell(url.pathname + url.search)}`,
    ...(data === undefined ? [] : [data]),
  ]
  return [
    `countersign token ${entry.provider.id}`,
    ...(signsRequests(entry) ? ofRequest : []),
    ...toFlags(entry, form),
  ]
}

/** Whether each request is signed, so that its proof covers its address and body. */
export function signsRequests({ provider }: Entry): boolean {
  return provider.proof === 'request'
}

/** Comments that name the environment variables that must be set. */
export function toRemarks(entry: Entry, form: ProviderForm): string[] {
  const { fields } = entry.provider
  return toParts(entry, form).variables.map(
    (name) => `# The ${fields[name]?.title.toLowerCase()} is read from ${toVariable(entry, name)}.`,
  )
}

function toFlags(entry: Entry, form: ProviderForm): string[] {
  const { plain, files } = toParts(entry, form)
  return [
    ...plain.map(([name, value]) => toFlag(name, Array.isArray(value) ? value.join(',') : String(value))),
    ...files.map((name) => `--${toKebab(name)} ${toFile(name)}`),
  ]
}

/** A flag; a value that looks like another flag is joined with `=`. */
function toFlag(name: string, value: string): string {
  return `--${toKebab(name)}${value.startsWith('-') ? '=' : ' '}${shell(value)}`
}

/** The body as an argument; one that would mean a file, stdin or a flag comes through a pipe. */
function toData(body: string): { pipe: string; flag: string } {
  if (!/^[@-]/.test(body)) return { pipe: '', flag: `--data ${shell(body)}` }
  return { pipe: `printf %s ${shell(body)} | `, flag: '--data -' }
}

/** A path that the command cannot mistake for a flag, a whole address or a query. */
function toAddress(path: string): string {
  return path === '' || /^(?:[?#-]|[a-z][a-z\d+.-]*:)/i.test(path) ? `/${path}` : path
}

/**
 * One word of a shell. Hidden characters act on the terminal into which a snippet is pasted (a tab completes, the
 * end of a bracketed paste makes the rest count as typed), so they are written as escapes of `$'…'`, byte for byte:
 * its `\\u` would depend on the locale.
 */
function shell(text: string): string {
  if (/^[\w@%+=:,./-]+$/.test(text)) return text
  if (!hasHiddenCharacters(text)) return `'${text.replaceAll("'", `'\\''`)}'`
  const escaped = text.replace(/[\\'!]/g, toHexEscapes)
  return `$'${escapeHiddenCharacters(escaped, { toEscape: toHexEscapes })}'`
}

function toHexEscapes(character: string): string {
  const bytes = new TextEncoder().encode(character)
  return Array.from(bytes, (byte) => `\\x${byte.toString(16).padStart(2, '0')}`).join('')
}
