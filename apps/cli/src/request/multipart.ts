/** One field of a form. */
export interface FormPart {
  name: string
  content: Uint8Array
  type?: string | undefined
  filename?: string | undefined
}

/**
 * The bytes of a `multipart/form-data` body (RFC 7578). FormData would not do: it turns the line ends of
 * texts into CRLF, and gives a text no type.
 */
export function toMultipart(parts: readonly FormPart[], boundary: string): Uint8Array<ArrayBuffer> {
  const pieces = parts.flatMap(({ name, content, type, filename }) => [
    Buffer.from(
      [
        `--${boundary}`,
        `Content-Disposition: form-data; name="${quote(name)}"${filename === undefined ? '' : `; filename="${quote(filename)}"`}`,
        ...(type === undefined ? [] : [`Content-Type: ${type}`]),
        '\r\n',
      ].join('\r\n'),
    ),
    content,
    Buffer.from('\r\n'),
  ])
  return new Uint8Array(Buffer.concat([...pieces, Buffer.from(`--${boundary}--\r\n`)]))
}

/** As browsers and curl write what would end the name. */
function quote(name: string): string {
  return name.replace(/["\r\n]/g, encodeURIComponent)
}
