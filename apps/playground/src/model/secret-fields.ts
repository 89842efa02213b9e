import type { Provider } from '@countersign/core'
import { fromBase64, secretEncodings, toBase64 } from '@countersign/core/provider'
import { fieldsOf, type WireRequest, withFields, withHeader } from './wire.ts'

/** A shorter secret would be found in texts that do not hold it. */
const shortest = 4
const replacement = 'not-the-secret'

/** Replaces every secret in the fields of the body and in the headers by something of the same form. */
export function swapSecrets(
  request: WireRequest,
  { fields: options }: Provider,
  secrets: Readonly<Record<string, string>>,
  otherPublicKey: string,
): Promise<WireRequest> | WireRequest {
  const fields = Object.entries(fieldsOf(request) ?? {})
  const replacementOf = (value: unknown) => {
    const [name] = Object.entries(secrets).find(([, secret]) => holdsSecret(value, secret)) ?? []
    if (name === undefined) return undefined
    const isKey = options[name]?.kind === 'public-key'
    return isKey ? toBase64(new TextEncoder().encode(otherPublicKey)) : replacement
  }
  const changed = swapInHeaders(request, Object.values(secrets))
  const swaps = fields.map(([name, value]) => [name, replacementOf(value)] as const)
  if (swaps.every(([, swap]) => swap === undefined)) return changed
  return withFields(
    changed,
    fields.map(([name, value], index) => [name, swaps[index]?.[1] ?? value]),
  )
}

/** Replaces secrets in the headers; those of HTTP Basic are inside of Base64 (RFC 7617). */
function swapInHeaders(request: WireRequest, secrets: readonly string[]): WireRequest {
  let changed = request
  for (const [name, value] of request.headers) {
    const [, basic = ''] = /^Basic +(\S+)$/i.exec(value) ?? []
    const swapped = basic === '' ? swapInText(value, secrets) : `Basic ${swapInBase64(basic, secrets)}`
    if (swapped !== value) changed = withHeader(changed, name, swapped)
  }
  return changed
}

function swapInBase64(text: string, secrets: readonly string[]): string {
  try {
    const plain = new TextDecoder().decode(fromBase64(text))
    const swapped = swapInText(plain, secrets)
    return swapped === plain ? text : toBase64(new TextEncoder().encode(swapped))
  } catch {
    return text
  }
}

function swapInText(text: string, secrets: readonly string[]): string {
  return secrets
    .filter((secret) => secret.length >= shortest)
    .flatMap((secret) => secretEncodings(secret))
    .reduce((swapped, encoding) => swapped.replaceAll(encoding, replacement), text)
}

/** Whether a field holds a secret, in any of its encodings; one of a few characters only as the whole field. */
export function holdsSecret(value: unknown, secret: string): boolean {
  if (value === secret) return true
  return (
    secret.length >= shortest && secretEncodings(secret).some((encoding) => String(value).includes(encoding))
  )
}
