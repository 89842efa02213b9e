import type { CommonOptions, KeyRingEntry, PrivateKeyInput } from '@countersign/core'
import { commonFields, type Field, keyField, secondsField, textField } from '@countersign/core/provider'

interface UtglCommonOptions extends CommonOptions {
  /** The access key, a UUID, that belongs to your public key. */
  accessKey: string
  /**
   * Lifetime of the token of one request, in seconds, back-dating included. Default 25; at most 29, since
   * `exp` must be less than `iat + 30`.
   */
  lifetimeSeconds?: number | undefined
}

/** A single key. */
export interface UtglKeyOptions {
  /** The private key whose public half was registered: PEM, DER, JWK, Base64 of these, CryptoKey or SigningKey. */
  privateKey: PrivateKeyInput
  privateKeys?: undefined
}

/** Several keys of one identity, of which one signs at a time. */
export interface UtglKeyRingOptions {
  /** The keys with their times: the next one takes over at its `notBefore`, without a restart. */
  privateKeys: readonly KeyRingEntry[]
  privateKey?: undefined
}

/** Options of `createUtgl`. */
export type UtglOptions = UtglCommonOptions & (UtglKeyOptions | UtglKeyRingOptions)

/** Every option: its label, help and check. */
export const utglFields: typeof commonFields & {
  accessKey: Field<string>
  privateKey: Field<PrivateKeyInput>
  lifetimeSeconds: Field<number>
} = {
  accessKey: textField({
    title: 'Access key',
    help: 'The UUID that UTGL sends back when the public key is registered.',
    example: '6e33a078-99ed-4aa1-8e67-b0e19e9475fd',
  }),
  privateKey: keyField('private-key', {
    title: 'Private key',
    help: 'RSA, 2048 bits or more, 4096 advised; its public half is registered with UTGL.',
  }),
  lifetimeSeconds: secondsField({
    title: 'Lifetime',
    help: 'Lifetime of the token of one request; less than 30 s.',
    defaultValue: 25,
    max: 29,
  }),
  ...commonFields,
}
