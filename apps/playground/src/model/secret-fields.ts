import type { Provider } from '@countersign/core'
import { secretEncodings, toBase64 } from '@countersign/core/provider'
import { fieldsOf, type WireRequest, withFields } from './wire.ts'

/** Replaces every field that is a secret, or Base64 of one, by something of the same form. */
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
    return isKey ? toBase64(new TextEncoder().encode(otherPublicKey)) : 'not-the-secret'
  }
  const swaps = fields.map(([name, value]) => [name, replacementOf(value)] as const)
  if (swaps.every(([, swap]) => swap === undefined)) return request
  return withFields(
    request,
    fields.map(([name, value], index) => [name, swaps[index]?.[1] ?? value]),
  )
}

/** Whether a field holds a secret, in any of its encodings; one of a few characters only as the whole field. */
export function holdsSecret(value: unknown, secret: string): boolean {
  if (value === secret) return true
  return secret.length >= 4 && secretEncodings(secret).some((encoding) => String(value).includes(encoding))
}
