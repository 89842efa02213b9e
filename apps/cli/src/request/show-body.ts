import { escapeControls, type Output } from '../output.ts'
import type { Deadline } from './deadline.ts'
import type { Destination } from './destination.ts'
import { formatJson } from './format-json.ts'
import type { Progress } from './progress.ts'
import { readChunks } from './read-chunks.ts'

/** What the body of an answer is shown with. */
export interface ShowOptions {
  destination: Destination
  deadline: Deadline
  progress: Progress | undefined
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
      `The answer is no text${kind} and not shown: --output FILE keeps it, --output - shows it all the same.`,
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

/** Decodes pieces of a text; `undefined` for what is none. */
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
