import { fromBase64, toBase64 } from '../base/encoding.ts'

/** One PEM block (RFC 7468). */
export interface PemBlock {
  readonly label: string
  /** Missing where the block is cut off or its content is not Base64. */
  readonly der?: Uint8Array<ArrayBuffer>
  /** The `DEK-Info` of a block that is encrypted the old way (RFC 1421): cipher and initialisation vector. */
  readonly dekInfo?: string
  /** Whether the END line is there. */
  readonly complete: boolean
}

const begin = /-{5}BEGIN ([A-Z0-9. ]+)-{5}/g
/** Headers of a block that is encrypted the old way, on lines of their own or all on one; a vector has 16 or 8 bytes. */
const procType = /Proc-Type:\s*4,\s*ENCRYPTED\s*DEK-Info:\s*([\w-]+),\s*([\dA-Fa-f]{32}|[\dA-Fa-f]{16})/

/** The PEM blocks of a text, with any other text around them. */
export function readPemBlocks(text: string): PemBlock[] {
  return [...text.matchAll(begin)].map((match): PemBlock => {
    const label = match[1] ?? ''
    const from = match.index + match[0].length
    const to = text.indexOf(`-----END ${label}-----`, from)
    const next = text.indexOf('-----BEGIN ', from)
    const complete = to >= 0 && (next < 0 || to < next)
    const content = text.slice(from, complete ? to : next < 0 ? undefined : next)
    const encrypted = procType.exec(content)
    const body = encrypted === null ? content : content.slice(encrypted.index + encrypted[0].length)
    const der = complete ? fromBase64(body.replace(/^[\w-]+:.*$/gm, '')) : undefined
    return {
      label,
      complete,
      ...(der === undefined ? {} : { der }),
      ...(encrypted === null ? {} : { dekInfo: `${encrypted[1]},${encrypted[2]}` }),
    }
  })
}

/**
 * A PEM block in lines of 64 characters (RFC 7468).
 *
 * @example
 * ```ts
 * import { toPem } from '@countersign/core/provider'
 *
 * declare const spki: Uint8Array
 * const pem = toPem('PUBLIC KEY', spki)
 * ```
 */
export function toPem(label: string, der: Uint8Array, headers = ''): string {
  const lines = toBase64(der).match(/.{1,64}/g) ?? []
  return `-----BEGIN ${label}-----\n${headers}${lines.join('\n')}\n-----END ${label}-----\n`
}
