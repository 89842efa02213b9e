import type { CommonOptions, KeyRingEntry, PrivateKeyInput } from '@countersign/core'
import { commonFields, type Field, keyField, optionalField, textField } from '@countersign/core/provider'

interface SpeedaCommonOptions extends CommonOptions {
  /** The client id that Speeda's Customer Success Manager sends back for your public key. */
  clientId: string
  /**
   * The `aud` of the client assertion. Default `https://datafeed.ub-speeda.com/token`, even with a different
   * `baseUrl`: it is the only documented value.
   */
  audience?: string | undefined
}

/** A single key. */
export interface SpeedaKeyOptions {
  /** The key id (`kid`) that comes back with the client id. */
  keyId: string
  /** The private key whose public half was registered: PEM, DER, JWK, Base64 of these, CryptoKey or SigningKey. */
  privateKey: PrivateKeyInput
  privateKeys?: undefined
}

/** Several keys of one client, of which one signs at a time. */
export interface SpeedaKeyRingOptions {
  /**
   * The keys with their ids and times. The next one takes over at its `notBefore`. A key that Speeda refuses is
   * replaced by another, with the event `key.refused`.
   */
  privateKeys: readonly (KeyRingEntry & { keyId: string })[]
  keyId?: undefined
  privateKey?: undefined
}

/** Options of `createSpeeda`. */
export type SpeedaOptions = SpeedaCommonOptions & (SpeedaKeyOptions | SpeedaKeyRingOptions)

/** Every option: its label, help and check. */
export const speedaFields: typeof commonFields & {
  clientId: Field<string>
  keyId: Field<string>
  privateKey: Field<PrivateKeyInput>
  audience: Field<string | undefined>
} = {
  clientId: textField({
    title: 'Client id',
    help: 'Comes back from the Customer Success Manager when the public key is registered.',
    example: 'example-client',
  }),
  keyId: textField({
    title: 'Key id',
    help: 'The kid that comes back with the client id.',
    example: 'example-key-1',
  }),
  privateKey: keyField('private-key', {
    title: 'Private key',
    help: 'RSA, 2048 bits or more; its public half is registered with Speeda.',
  }),
  audience: optionalField(
    textField({
      title: 'Audience',
      help: 'The aud of the client assertion, when it is not the documented one.',
      example: 'https://datafeed.ub-speeda.com/token',
    }),
  ),
  ...commonFields,
}
