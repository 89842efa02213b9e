import type { CommonOptions, KeyRingEntry, PrivateKeyInput } from '@countersign/core'
import {
  commonFields,
  type Field,
  keyField,
  listField,
  optionalField,
  secondsField,
  textField,
} from '@countersign/core/provider'

/** Options of `forSubAccount`. */
export interface CDataSubAccountOptions {
  /** The connections that the token is for; needed for the MCP endpoint of one connection. Default: all. */
  connectionIds?: readonly string[] | undefined
  /**
   * An identifier of the user on whose behalf the requests are made, for CData's audit log: `external_identity`
   * of the token. Its format is not documented. Left out of the token by default.
   */
  externalIdentity?: string | undefined
}

interface CDataCommonOptions extends CommonOptions, CDataSubAccountOptions {
  /** The parent account's id: `iss` of every token. */
  accountId: string
  /**
   * The sub-account to act for: `sub` of every token. Optional for creating accounts and listing
   * connections, needed for everything else. Left out of the token by default.
   */
  subAccountId?: string | undefined
  /**
   * How long a token lives, in seconds, back-dating included. Default 180, which the security page advises;
   * at most 3600.
   */
  lifetimeSeconds?: number | undefined
}

/** A single key. */
export interface CDataKeyOptions {
  /** The private key whose public half was registered: PEM, DER, JWK, Base64 of these, CryptoKey or SigningKey. */
  privateKey: PrivateKeyInput
  privateKeys?: undefined
}

/** Several keys of one identity, of which one signs at a time. */
export interface CDataKeyRingOptions {
  /** The keys with their times: the next one takes over at its `notBefore`, without a restart. */
  privateKeys: readonly KeyRingEntry[]
  privateKey?: undefined
}

/** Options of `createCData`. */
export type CDataOptions = CDataCommonOptions & (CDataKeyOptions | CDataKeyRingOptions)

/** Every option: its label, help and check. */
export const cdataFields: typeof commonFields & {
  accountId: Field<string>
  privateKey: Field<PrivateKeyInput>
  subAccountId: Field<string | undefined>
  connectionIds: Field<readonly string[] | undefined>
  externalIdentity: Field<string | undefined>
  lifetimeSeconds: Field<number>
} = {
  accountId: textField({
    title: 'Account id',
    help: 'ID of the parent account, from the CData Connect AI Embed dashboard.',
    example: 'example-account',
  }),
  privateKey: keyField('private-key', {
    title: 'Private key',
    help: 'RSA, 4096 bits advised; its public half is registered by a support ticket.',
  }),
  subAccountId: optionalField(
    textField({
      title: 'Sub-account id',
      help: 'The sub-account to act for; not needed to create accounts or list connections.',
      example: 'example-sub-account',
    }),
  ),
  connectionIds: optionalField(
    listField({
      title: 'Connection ids',
      help: 'The connections that the token is for; all when left out.',
      example: 'connection-1,connection-2',
    }),
  ),
  externalIdentity: optionalField(
    textField({
      title: 'External identity',
      help: "Identifies the user who causes the requests, in CData's audit log.",
      example: 'user-1',
    }),
  ),
  lifetimeSeconds: secondsField({
    title: 'Lifetime',
    help: 'How long a token lives; 180 s or less is advised.',
    defaultValue: 180,
    max: 3600,
  }),
  ...commonFields,
}
