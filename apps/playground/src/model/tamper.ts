import { type SigningKey, signJwt } from '@countersign/core'
import { toBase64 } from './to-base64.ts'
import { type CarriedJwt, fieldsOf, jwtOf, type WireRequest, withFields, withJwt } from './wire.ts'

/** Signs the JWT that a request carries again, with other claims. */
export async function resign(
  request: WireRequest,
  key: SigningKey | undefined,
  change: (claims: CarriedJwt['jwt']['claims']) => Record<string, unknown>,
): Promise<WireRequest> {
  const carried = jwtOf(request)
  if (carried === undefined || key === undefined) return request
  const { header, claims } = carried.jwt
  return withJwt(request, await signJwt(key, { header, claims: { ...claims, ...change(claims) } }))
}

/** Puts something else of the same form in the place of every field that is a secret, or Base64 of one. */
export function swapSecrets(
  request: WireRequest,
  secrets: Readonly<Record<string, string>>,
  otherPublicKey: string,
): Promise<WireRequest> | WireRequest {
  const fields = Object.entries(fieldsOf(request) ?? {})
  const other = Object.entries(secrets).flatMap(([name, value]) => {
    const swapped = name === 'publicKey' ? btoa(otherPublicKey) : 'not-the-secret'
    return formsOf(value).map((form) => [form, swapped] as const)
  })
  const swaps = new Map<unknown, string>(other)
  if (!fields.some(([, value]) => swaps.has(value))) return request
  return withFields(
    request,
    fields.map(([name, value]) => [name, swaps.get(value) ?? value]),
  )
}

/** A secret as it was given, and as Base64 of that. */
export function formsOf(secret: string): string[] {
  return [secret, toBase64(new TextEncoder().encode(secret))]
}
