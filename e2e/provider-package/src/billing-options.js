import {
  commonFields,
  keyField,
  secretField,
  textField,
} from '@countersign/core/provider'

/**
 * @import { PrivateKeyInput } from '@countersign/core'
 * @import { Field } from '@countersign/core/provider'
 */

/** The options of Acme Billing: each with its label, its help and its check. */
export const billingFields = {
  clientId: textField({
    title: 'Client id',
    help: 'From the Acme dashboard.',
    example: 'client-1',
  }),
  privateKey: /** @type {Field<PrivateKeyInput>} */ (
    keyField('private-key', {
      title: 'Private key',
      help: 'RSA; its public half is registered.',
    })
  ),
  apiSecret: secretField({
    title: 'API secret',
    help: 'Shown once in the Acme dashboard.',
  }),
  ...commonFields,
}
