import type { Provider } from '@countersign/core'
import { enumerate } from '../enumerate.ts'
import { secretOptions, toVariable } from '../field-names.ts'

/**
 * What a profile file of the current folder may hold without the user's trust, since such a file may come
 * from someone else: ids, lifetimes, the environment, and paths of key files inside that folder. An option
 * that is missing here needs trust, a new one too: add it only if it cannot change where credentials go,
 * what they prove, or how they are made.
 */
export const allowedWithoutTrust: ReadonlySet<string> = new Set([
  'environment',
  'clientId',
  'keyId',
  'accountId',
  'subAccountId',
  'connectionIds',
  'accessKey',
  'apiKey',
  'lifetimeSeconds',
  'privateKey',
  'publicKey',
  'credentials',
])

/** Members that hold the path of a file, and not what is in it. */
export function isPathMember({ fields, readCredentials }: Provider, name: string): boolean {
  const kind = Object.hasOwn(fields, name) ? fields[name]?.kind : undefined
  if (kind === 'private-key' || kind === 'public-key') return true
  return name === 'credentials' && readCredentials !== undefined
}

/** Says what is wrong with a member of a profile, in words that follow its name; never its value. */
export function checkMember(provider: Provider, name: string, value: unknown): string | undefined {
  const secret = secretOf(provider, name)
  if (secret !== undefined) return `is a secret, which a profile never holds: set the variable ${secret}`
  if (holdsKey(isPathMember(provider, name) ? value : withoutCertificates(value)))
    return `holds a key, and a profile holds paths only: name its file, or set the variable ${keyVariable(provider, name)}`
  if (name === 'environment') {
    const known = [...new Set([...Object.keys(provider.baseUrls), 'emulator'])]
    return known.includes(value as string) ? undefined : `must be ${enumerate(known, 'or')}`
  }
  if (isPathMember(provider, name))
    return typeof value === 'string' && value.trim() !== '' ? undefined : 'must be the path of a file'
  const field = Object.hasOwn(provider.fields, name) ? provider.fields[name] : undefined
  if (field === undefined || field.kind === 'code') return describeUnknown(provider, name)
  const result = field.check(value)
  return 'problem' in result ? result.problem : undefined
}

/** The variable of a secret, however its name is written. */
function secretOf(provider: Provider, name: string): string | undefined {
  const plain = simplify(name)
  const known = ['passphrase', ...secretOptions(provider)].find((secret) => simplify(secret) === plain)
  return known === undefined ? undefined : toVariable(provider.id, known)
}

function describeUnknown({ id, fields }: Provider, name: string): string {
  if (/secret|password|passphrase|token$/i.test(name))
    return `sounds like a secret, which a profile never holds, and ${id} has no such option`
  const meant = ['environment', ...Object.keys(fields)].find((field) => simplify(field) === simplify(name))
  return meant === undefined
    ? `is not an option of ${id}`
    : `is not an option of ${id}: it is written ${meant}`
}

function simplify(name: string): string {
  return name.replace(/[-_]/g, '').toLowerCase()
}

/** The option that takes the key itself. */
function keyVariable(provider: Provider, name: string): string {
  if (isPathMember(provider, name) && name in provider.fields) return toVariable(provider.id, name)
  return toVariable(provider.id, 'privateKey' in provider.fields ? 'privateKey' : 'publicKey')
}

/** A certificate is public, and may be in a profile. */
function withoutCertificates(value: unknown): unknown {
  const certificate = /-----BEGIN CERTIFICATE-----[\w+/=\s]+-----END CERTIFICATE-----/g
  return typeof value === 'string' ? value.replaceAll(certificate, '') : value
}

/** Whether a text is a key (PEM, JWK, or the Base64 of one) and not the path of its file. */
function holdsKey(value: unknown): boolean {
  if (Array.isArray(value)) return value.some(holdsKey)
  if (typeof value === 'object' && value !== null) return 'kty' in value || 'keys' in value
  if (typeof value !== 'string') return false
  return /-----BEGIN|"kty"\s*:/.test(value) || /^\s*(MI|LS0t|eyJ)[A-Za-z0-9+/_=\s-]{100,}$/.test(value)
}
