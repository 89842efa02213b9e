import type { CommonOptions, Secret } from '@countersign/core'
import {
  choiceField,
  commonFields,
  type Field,
  keyTextField,
  optionalField,
  textField,
} from '@countersign/core/provider'

interface PaymentsGateCommonOptions extends CommonOptions {
  /** The account id, from the credentials file. */
  accountId: string
  /**
   * The public key, as PEM (its whole text, unchanged, is encoded) or as the Base64 of it. Together with the
   * account id it is the whole credential: treat it as a secret.
   */
  publicKey: string | Secret
}

/**
 * Options of `createPaymentsGate`. The production host differs by merchant and is not documented, so either
 * the sandbox is named or the address given.
 */
export type PaymentsGateOptions = PaymentsGateCommonOptions &
  (
    | { environment: 'sandbox'; baseUrl?: string | URL | undefined }
    | { baseUrl: string | URL; environment?: undefined }
  )

/** Each option: how to ask for it and how to check it. */
export const paymentsGateFields: typeof commonFields & {
  accountId: Field<string>
  publicKey: Field<Secret>
  environment: Field<'sandbox' | undefined>
} = {
  accountId: textField({
    title: 'Account id',
    help: 'account_id of the credentials file.',
    example: 'example-account',
  }),
  publicKey: keyTextField({
    title: 'Public key',
    help: 'public_key of the credentials file, or the PEM file: a secret, in spite of its name.',
  }),
  environment: optionalField(
    choiceField({
      title: 'Environment',
      help: 'sandbox, or leave it out and give the base URL.',
      choices: ['sandbox'],
    }),
  ),
  ...commonFields,
}
