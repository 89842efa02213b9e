import type { PrivateKeyInput } from '../keys/import-signing-key.ts'
import { createKeyRing, type KeyRing, type KeyRingEntry } from '../keys/key-ring.ts'
import type { SigningAlgorithm } from '../keys/signing-key.ts'
import { type Field, type Fields, keyListField } from './fields.ts'
import { type ParsedOptions, parseOptions } from './options.ts'

/** Fields of a provider that wants something signed; `keyId` where it wants key ids, or takes them. */
export type KeyedFields = Fields & {
  privateKey: Field<PrivateKeyInput>
  keyId?: Field<string> | Field<string | undefined>
}

/** What {@link parseKeyedOptions} returns: the options without the keys, and the keys. */
export interface KeyedOptions<F extends KeyedFields> {
  options: Omit<ParsedOptions<F>, 'privateKey' | 'keyId'>
  ring: KeyRing
}

/** Whose options they are, and what their keys sign with. */
export interface KeyedOptionsContext<F extends KeyedFields> {
  provider: string
  algorithm: SigningAlgorithm | ((options: KeyedOptions<F>['options']) => SigningAlgorithm)
}

/**
 * Checks options that hold either one key (`privateKey`, with `keyId` where the provider wants one) or
 * several with their times (`privateKeys`). The algorithm may depend on the options.
 *
 * @example
 * ```ts
 * import type { PrivateKeyInput } from '@countersign/core'
 * import { commonFields, keyField, parseKeyedOptions } from '@countersign/core/provider'
 *
 * const fields = {
 *   ...commonFields,
 *   privateKey: keyField<PrivateKeyInput>('private-key', { title: 'Private key', help: 'RSA.' }),
 * }
 * declare const input: unknown
 * const { options, ring } = parseKeyedOptions(fields, input, { provider: 'acme', algorithm: 'RS256' })
 * const key = ring.active(Date.now())
 * ```
 *
 * @throws {ConfigError} `CONFIG_INVALID` naming every option at fault.
 * @throws {KeyError} for a fault that the text of a key shows.
 */
export function parseKeyedOptions<F extends KeyedFields>(
  fields: F,
  input: unknown,
  { provider, algorithm }: KeyedOptionsContext<F>,
): KeyedOptions<F> {
  const { privateKeys } = (input ?? {}) as { privateKeys?: unknown }
  const names = Object.keys(fields).flatMap((name) =>
    name === 'privateKey' ? ['privateKey', 'privateKeys'] : [name],
  )
  // `null` is what a configuration file has for a key that is not set.
  if (privateKeys === undefined || privateKeys === null) {
    const { privateKeys: _none, ...single } = (input ?? {}) as Record<string, unknown>
    const options = parseOptions(fields, typeof input === 'object' ? single : input, provider, names)
    const { privateKey, keyId } = options as { privateKey: PrivateKeyInput; keyId?: string }
    const entry = keyId === undefined ? { privateKey } : { privateKey, keyId }
    return { options, ring: createKeyRing([entry], { algorithm: algorithmOf(options), provider }) }
  }
  const { privateKey: _privateKey, keyId, ...others } = fields
  const withKeyId = keyId?.required === false ? 'optional' : keyId !== undefined
  const ringFields = { ...others, privateKeys: keyListField({ withKeyId }) }
  const parsed = parseOptions(ringFields, input, provider, names) as { privateKeys: readonly KeyRingEntry[] }
  const options = parsed as unknown as KeyedOptions<F>['options']
  return { options, ring: createKeyRing(parsed.privateKeys, { algorithm: algorithmOf(options), provider }) }

  function algorithmOf(options: KeyedOptions<F>['options']): SigningAlgorithm {
    return typeof algorithm === 'function' ? algorithm(options) : algorithm
  }
}
