import { ConfigError, Secret, toBytes } from '@countersign/core/provider'

/** The two members of the credentials file that authentication needs, under the option names. */
export interface PaymentsGateCredentials {
  accountId: string
  publicKey: Secret
}

/**
 * Reads the credentials file, which can be downloaded from the portal once: its text or bytes, or the parsed object.
 * Its other members, `private_key` among them, are not used.
 *
 * @example
 * ```ts
 * import { readFile } from 'node:fs/promises'
 * import { createPaymentsGate, paymentsGateCredentials } from '@countersign/paymentsgate'
 *
 * const credentials = paymentsGateCredentials(await readFile('credentials.json', 'utf8'))
 * const paymentsGate = createPaymentsGate({ environment: 'sandbox', ...credentials })
 * ```
 *
 * @throws {ConfigError} `CONFIG_INVALID` when it is not a JSON object, or a member is missing or not a string.
 */
export function paymentsGateCredentials(
  json: string | Uint8Array | Readonly<Record<string, unknown>>,
): PaymentsGateCredentials {
  const members = toMembers(json)
  return {
    accountId: textOf(members, 'account_id'),
    publicKey: new Secret(textOf(members, 'public_key')),
  }
}

function textOf(members: Readonly<Record<string, unknown>>, name: string): string {
  const value = members[name]
  if (value === undefined || value === null || value === '')
    throw mistake(`\`${name}\` is missing from the credentials file.`)
  if (typeof value !== 'string') throw mistake(`\`${name}\` of the credentials file is not a string.`)
  return value
}

function toMembers(json: unknown): Readonly<Record<string, unknown>> {
  const bytes = toBytes(json)
  const text = bytes === undefined ? json : new TextDecoder().decode(bytes)
  const value = typeof text === 'string' ? parse(text) : text
  if (typeof value === 'object' && value !== null) return value as Record<string, unknown>
  throw mistake('The credentials file is not a JSON object.')
}

/** Nothing of the text is in an error: it contains keys. */
function parse(text: string): unknown {
  try {
    return JSON.parse(text.replace(/^\uFEFF/, ''))
  } catch {
    return undefined
  }
}

function mistake(problem: string): ConfigError {
  return new ConfigError(problem, {
    provider: 'paymentsgate',
    hint: 'Pass the file as it was downloaded from the portal.',
  })
}
