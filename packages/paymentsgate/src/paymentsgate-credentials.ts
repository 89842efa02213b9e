import { ConfigError, Secret } from '@countersign/core/provider'

/** The two members of the credentials file that authentication needs, under the option names. */
export interface PaymentsGateCredentials {
  accountId: string
  publicKey: Secret
}

/**
 * Reads the credentials file, which can be downloaded from the portal once: its text, or the parsed object.
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
 * @throws {ConfigError} `CONFIG_INVALID` when it is not JSON or a member is missing.
 */
export function paymentsGateCredentials(
  json: string | Readonly<Record<string, unknown>>,
): PaymentsGateCredentials {
  const { account_id: accountId, public_key: publicKey } = typeof json === 'string' ? parse(json) : json
  if (typeof accountId !== 'string' || accountId === '')
    throw mistake('`account_id` is missing from the credentials file.')
  if (typeof publicKey !== 'string' || publicKey === '')
    throw mistake('`public_key` is missing from the credentials file.')
  return { accountId, publicKey: new Secret(publicKey) }
}

function parse(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text.replace(/^\uFEFF/, ''))
    if (typeof value === 'object' && value !== null) return value as Record<string, unknown>
  } catch {
    // Thrown below, without the text: it contains keys.
  }
  throw mistake('The credentials file is not a JSON object.')
}

function mistake(problem: string): ConfigError {
  return new ConfigError(problem, {
    provider: 'paymentsgate',
    hint: 'Pass the file as it was downloaded from the portal.',
  })
}
