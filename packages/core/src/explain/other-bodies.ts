import { escapeUnits } from '../base/hidden-characters.ts'
import { sha256Hex } from '../provider/captured-request.ts'
import type { OtherBody } from '../provider/rule.ts'

const largest = 1_048_576

/** What may have been hashed instead of the body: other encodings of its JSON, other line ends, nothing. */
export async function otherBodies(body: Uint8Array): Promise<OtherBody[]> {
  if (body.length === 0 || body.length > largest) return []
  const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(body)
  const forms = new Map<string, string>()
  const add = (form: string, what: string) => {
    if (form !== text && !forms.has(form)) forms.set(form, what)
  }
  add('', 'no body at all')
  add(withoutLineEnds(text), 'the body without its trailing line break')
  add(`${text}\n`, 'the body with a trailing line break')
  add(text.replaceAll('\r\n', '\n'), 'the body with LF for CRLF')
  add(text.replace(/\r?\n/g, '\r\n'), 'the body with CRLF for LF')
  add(text.replace(/^\ufeff/, ''), 'the body without its byte order mark')
  for (const { text: form, what } of jsonForms(text)) {
    add(form, what)
    add(`${form}\n`, `${what}, and a trailing line break`)
  }
  return Promise.all(
    Array.from(forms, async ([form, what]) => ({
      what,
      sha256: await sha256Hex(new TextEncoder().encode(form)),
    })),
  )
}

/** A loop, because a pattern for a run at the end of a text is tried at every run within it. */
function withoutLineEnds(text: string): string {
  let end = text.length
  while (text[end - 1] === '\n') end -= text[end - 2] === '\r' ? 2 : 1
  return text.slice(0, end)
}

/** One way to write the same JSON, with a description of it. */
interface JsonForm {
  text: string
  what: string
}

interface Layout {
  what: string
  item: string
  colon: string
  indent: string
}

const layouts: readonly Layout[] = [
  { what: 'compact, as JSON.stringify writes it', item: ',', colon: ':', indent: '' },
  { what: "with spaces, as Python's json.dumps writes it", item: ', ', colon: ': ', indent: '' },
  { what: 'in lines indented by 2 spaces', item: ',', colon: ': ', indent: '  ' },
  { what: 'in lines indented by 4 spaces', item: ',', colon: ': ', indent: '    ' },
  { what: 'in lines indented by tabs', item: ',', colon: ': ', indent: '\t' },
]

/** The same JSON as other libraries write it; an empty list for text that is not a JSON object or array. */
function jsonForms(text: string): JsonForm[] {
  let value: unknown
  try {
    value = JSON.parse(text)
    if (typeof value !== 'object' || value === null) return []
    const sorted = sortKeys(value)
    return layouts.flatMap((layout) => [
      ...encodings(value, layout, `the same JSON, ${layout.what}`),
      ...encodings(sorted, layout, `the same JSON with sorted keys, ${layout.what}`),
    ])
  } catch {
    // Not JSON, or nested too deeply to be real.
    return []
  }
}

/** With non-ASCII characters as they are, and escaped as Python does by default. */
function encodings(value: unknown, layout: Layout, what: string): JsonForm[] {
  const text = write(value, layout, '')
  const escaped = text.replace(/[\u007f-\uffff]/g, escapeUnits)
  return escaped === text
    ? [{ text, what }]
    : [
        { text, what },
        { text: escaped, what: `${what}, letters beyond ASCII escaped` },
      ]
}

function write(value: unknown, layout: Layout, margin: string): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const inner = margin + layout.indent
  const parts = Array.isArray(value)
    ? value.map((item) => write(item, layout, inner))
    : Object.entries(value).map(
        ([name, item]) => JSON.stringify(name) + layout.colon + write(item, layout, inner),
      )
  const [open, close] = Array.isArray(value) ? '[]' : '{}'
  if (parts.length === 0) return `${open}${close}`
  if (layout.indent === '') return `${open}${parts.join(layout.item)}${close}`
  return `${open}\n${inner}${parts.join(`${layout.item}\n${inner}`)}\n${margin}${close}`
}

function sortKeys(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(sortKeys)
  return Object.fromEntries(
    Object.keys(value)
      .sort()
      .map((name) => [name, sortKeys((value as Record<string, unknown>)[name])]),
  )
}
