import { fromBase64 } from './base64.ts'

/** One PEM block (RFC 7468): its label and bytes; `der` is missing where the block is cut off or no Base64. */
export interface PemBlock {
  readonly label: string
  readonly der?: Uint8Array<ArrayBuffer>
  /** Whether the block is encrypted by the old `Proc-Type` header. */
  readonly legacyEncrypted: boolean
  /** Whether the line of END is there. */
  readonly complete: boolean
  /** Whether another certificate stands before this one: an issuer's. */
  readonly chained: boolean
}

/** Undoes what environment variables, editors and mail do to a key: BOM, quotes, CRLF, written-out `\n`. */
export function repairText(text: string): string {
  const plain = text
    .replace(/^\uFEFF/, '')
    .trim()
    .replace(/^(["'])([\s\S]*)\1$/, '$2')
  return plain.replaceAll('\\r', '').replaceAll('\\n', '\n').replace(/\r\n?/g, '\n').trim()
}

const begin = /-{5}BEGIN ([A-Z0-9. ]+)-{5}/g

/** The PEM blocks of a text, whatever stands around them. */
export function readPemBlocks(text: string): PemBlock[] {
  let certificates = 0
  return [...text.matchAll(begin)].map((match) => {
    const label = match[1] ?? ''
    if (label.endsWith('CERTIFICATE')) certificates += 1
    const from = match.index + match[0].length
    const to = text.indexOf(`-----END ${label}-----`, from)
    const next = text.indexOf('-----BEGIN ', from)
    const complete = to >= 0 && (next < 0 || to < next)
    const content = text.slice(from, complete ? to : next < 0 ? undefined : next)
    const legacyEncrypted = /Proc-Type:\s*4,\s*ENCRYPTED/.test(content)
    const facts = {
      label,
      legacyEncrypted,
      complete,
      chained: certificates > 1 && label.endsWith('CERTIFICATE'),
    }
    const der = complete && !legacyEncrypted ? fromBase64(content.replace(/^[\w-]+:.*$/gm, '')) : undefined
    return der === undefined ? facts : { ...facts, der }
  })
}
