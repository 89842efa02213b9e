import { fromBase64 } from '../keys/base64.ts'
import { repairText } from '../keys/read-pem.ts'

/** The PEM text or DER bytes within the text or bytes of an encrypted key. */
export function toContainer(given: string | Uint8Array): string | Uint8Array {
  if (typeof given !== 'string' && given[0] === 0x30) return given
  const text = repairText(toText(given))
  if (text.includes('-----BEGIN ')) return text
  const bytes = fromBase64(text) ?? new Uint8Array()
  return bytes[0] === 0x30 ? bytes : repairText(toText(bytes))
}

/** Text as it is, bytes as UTF-8. */
export function toText(given: string | Uint8Array): string {
  return typeof given === 'string' ? given : new TextDecoder().decode(given)
}
