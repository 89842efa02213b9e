import { buffer as readBuffer } from 'node:stream/consumers'
import type { Deadline } from './deadline.ts'
import { minifyJson } from './format-json.ts'
import { readChunks } from './read-chunks.ts'
import type { SendOptions } from './send-options.ts'

/**
 * The response as one JSON value: `{ status, headers, body }`. `headers` has one text for each name, except
 * `set-cookie`, which is a list. `body` is the provider's own JSON, number for number; a text that is not JSON
 * is a string; null where there is none. What is not text is `bodyBase64` and `body` is null. With a file,
 * `body` is null and `file` its path.
 */
export async function showJson(
  response: Response,
  deadline: Deadline,
  { destination, file, output }: SendOptions,
): Promise<void> {
  const { status, headers } = response
  const cookies = headers.getSetCookie()
  const fields = {
    ...Object.fromEntries(headers),
    ...(cookies.length === 0 ? {} : { 'set-cookie': cookies }),
  }
  const head = JSON.stringify({ status, headers: fields }).slice(0, -1)
  const chunks = readChunks(response, { deadline })
  if (file === undefined)
    return output.jsonText(
      `${head},${toBody(await readBuffer(chunks), headers.get('content-type') ?? undefined)}}`,
    )
  for await (const chunk of chunks) await destination.write(chunk)
  await destination.finish()
  output.jsonText(`${head},"body":null,"file":${JSON.stringify(file)}}`)
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
