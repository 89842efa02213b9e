import { sha256Hex } from '../provider/captured-request.ts'
import type { OtherBody } from '../provider/rule.ts'
import { jsonForms } from './json-forms.ts'

const largest = 1_048_576

/** What else may have been hashed in place of a body: other encodings of its JSON, other line ends, nothing. */
export async function otherBodies(body: Uint8Array): Promise<OtherBody[]> {
  if (body.length === 0 || body.length > largest) return []
  const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(body)
  const forms = new Map<string, string>()
  const add = (form: string, what: string) => {
    if (form !== text && !forms.has(form)) forms.set(form, what)
  }
  add('', 'no body at all')
  add(text.replace(/(\r?\n)+$/, ''), 'the body without the line break at its end')
  add(`${text}\n`, 'the body with a line break at its end')
  add(text.replaceAll('\r\n', '\n'), 'the body with LF for CRLF')
  add(text.replace(/\r?\n/g, '\r\n'), 'the body with CRLF for LF')
  add(text.replace(/^\ufeff/, ''), 'the body without its byte order mark')
  for (const { text: form, what } of jsonForms(text)) {
    add(form, what)
    add(`${form}\n`, `${what}, and a line break at its end`)
  }
  return Promise.all(
    Array.from(forms, async ([form, what]) => ({
      what,
      sha256: await sha256Hex(new TextEncoder().encode(form)),
    })),
  )
}
