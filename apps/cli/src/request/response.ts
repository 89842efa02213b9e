import { RequestError } from '@countersign/core'
import { escapeControls, type Output } from '../output.ts'
import type { Destination } from './destination.ts'
import type { SendOptions } from './options.ts'
import { type ReadBodyOptions, readChunks, readWhole } from './read-body.ts'

/** What the body of an answer is shown with. */
export interface ShowOptions extends ReadBodyOptions {
  destination: Destination
  output: Output
  /** Says why a body is not shown. */
  say(text: string): void
}

/** JSON beyond this is shown as it comes. */
const prettyBytes = 16 * 1_048_576

/** Writes an answer's body: byte for byte, or on a screen as people like to read it. */
export async function showBody(response: Response, options: ShowOptions): Promise<void> {
  const { destination } = options
  const chunks = readChunks(response, options)
  if (destination.screen) return showOnScreen(chunks, response.headers, options)
  for await (const chunk of chunks) await destination.write(chunk)
}

async function showOnScreen(
  chunks: AsyncGenerator<Uint8Array>,
  headers: Headers,
  { destination, output, say }: ShowOptions,
): Promise<void> {
  const type = headers.get('content-type') ?? ''
  let pretty = /^[^;]*[/+]json\b/i.test(type)
  const decode = createTextDecoder(type)
  let held = ''
  let last = ''
  const refuse = async () => {
    if (last !== '') await destination.write('\n')
    const kind = type === '' ? '' : ` (${escapeControls(type)})`
    say(
      `The response is not text${kind} and is not shown. --output FILE saves it; --output - prints it anyway.`,
    )
  }
  /** Shows what is held; not what a terminal would obey. */
  const show = async (text: string) => {
    held = ''
    if (/[^\P{Cc}\t\n\f\r]/u.test(text)) {
      await refuse()
      return false
    }
    if (text === '') return true
    await destination.write(escapeControls(text))
    last = text
    return true
  }
  try {
    for await (const chunk of chunks) {
      const text = decode(chunk)
      if (text === undefined) return await refuse()
      held += text
      pretty &&= held.length <= prettyBytes
      if (!pretty && !(await show(held))) return
    }
  } catch (error) {
    await show(held)
    throw error
  }
  const formatted = pretty ? formatJson(held, output) : undefined
  if (formatted !== undefined) return destination.write(`${formatted}\n`)
  if ((await show(held)) && last !== '' && !last.endsWith('\n')) await destination.write('\n')
}

/** Decodes pieces of a text; `undefined` for bytes that are not text. */
function createTextDecoder(contentType: string): (chunk: Uint8Array) => string | undefined {
  const [, charset = 'utf-8'] = /charset="?([\w.:-]+)/i.exec(contentType) ?? []
  const decoder = makeDecoder(charset)
  return (chunk) => {
    try {
      return decoder.decode(chunk, { stream: true })
    } catch {
      return undefined
    }
  }
}

function makeDecoder(charset: string): TextDecoder {
  try {
    return new TextDecoder(charset, { fatal: true })
  } catch {
    return new TextDecoder('utf-8', { fatal: true })
  }
}

/** What `--json` holds in memory: all bodies of a call together. */
const jsonMiB = 64

/** The bytes that `--json` may still hold; shared by the pages of a list. */
export interface JsonBudget {
  leftBytes: number
}

/** The budget of one call. */
export function createJsonBudget(): JsonBudget {
  return { leftBytes: jsonMiB * 1_048_576 }
}

/**
 * A response as the text of one JSON value: `{ status, headers, body }`. `headers` has one text for each name,
 * except `set-cookie`, which is a list. `body` is the provider's own JSON, number for number; a text that is not JSON
 * is a string; null where there is none. What is not text is `bodyBase64` and `body` is null. With a file,
 * `body` is null and `file` its path.
 *
 * @throws {RequestError} `RESPONSE_INVALID` for a body that is larger than what is left of the budget.
 */
export async function toJsonText(
  response: Response,
  reading: ReadBodyOptions,
  budget: JsonBudget,
  { destination, file }: Pick<SendOptions, 'destination' | 'file'>,
): Promise<string> {
  const { status, headers } = response
  const cookies = headers.getSetCookie()
  const fields = {
    ...Object.fromEntries(headers),
    ...(cookies.length === 0 ? {} : { 'set-cookie': cookies }),
  }
  const head = JSON.stringify({ status, headers: fields }).slice(0, -1)
  const chunks = readChunks(response, reading)
  if (file === undefined) {
    const tooLarge = () =>
      new RequestError(
        'RESPONSE_INVALID',
        `The response to ${reading.what} is too large for --json, which holds ${jsonMiB} MiB.`,
        { provider: reading.provider, hint: 'Pass --output FILE to save the body, or leave --json out.' },
      )
    const bytes = await readWhole(chunks, budget.leftBytes, tooLarge)
    budget.leftBytes -= bytes.length
    return `${head},${toBody(bytes, headers.get('content-type') ?? undefined)}}`
  }
  for await (const chunk of chunks) await destination.write(chunk)
  return `${head},"body":null,"file":${JSON.stringify(file)}}`
}

/** The members for a body, as JSON text. */
function toBody(bytes: Uint8Array, contentType: string | undefined): string {
  if (bytes.length === 0) return '"body":null'
  const text = decode(bytes, contentType)
  if (text === undefined) return `"body":null,"bodyBase64":"${Buffer.from(bytes).toString('base64')}"`
  return `"body":${minifyJson(text.replace(/^\ufeff/, '')) ?? JSON.stringify(text)}`
}

/** The text of a body; `undefined` where its bytes are not text of the charset that it names, or of UTF-8. */
function decode(bytes: Uint8Array, contentType = ''): string | undefined {
  const [, charset = 'utf-8'] = /charset="?([\w.:-]+)/i.exec(contentType) ?? []
  try {
    return new TextDecoder(charset, { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return undefined
  }
}

const token = /"[^"\\]*(?:\\.[^"\\]*)*"|[[\]{}:,]|[^\s[\]{}:,"]+/g

/**
 * JSON, indented and coloured; `undefined` for what is not JSON. Numbers, and members that are there
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
function minifyJson(text: string): string | undefined {
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
