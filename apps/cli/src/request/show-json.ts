import { text as readText } from 'node:stream/consumers'
import type { Deadline } from './deadline.ts'
import { readChunks } from './read-chunks.ts'
import type { SendOptions } from './send-options.ts'

/** The whole answer as one value; a body that is no JSON is a text, none is null, as is one that is in a file. */
export async function showJson(
  response: Response,
  deadline: Deadline,
  { destination, file, output }: SendOptions,
): Promise<void> {
  const { status, headers } = response
  const answer = { status, headers: Object.fromEntries(headers) }
  const chunks = readChunks(response, { deadline })
  if (file === undefined) {
    const text = await readText(chunks)
    return output.value({ ...answer, body: text === '' ? null : parse(text) })
  }
  for await (const chunk of chunks) await destination.write(chunk)
  await destination.finish()
  output.value({ ...answer, body: null, file })
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
