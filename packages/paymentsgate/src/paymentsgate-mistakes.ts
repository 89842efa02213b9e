import type { Mistake } from '@countersign/core/provider'

const issuing = 'https://paymentsgate.readme.io/docs/issuing-a-jwt-token'
const fix = 'Send the Base64 of the whole file: base64 -w0 public_key.pem.'

/** Mistakes that are common with PaymentsGate. The value itself is a secret and not shown. */
export const paymentsGateMistakes: readonly Mistake[] = [
  {
    id: 'paymentsgate.public-key-form',
    find({ fields, endpoint }) {
      const key = fields?.['public_key']
      if (typeof key !== 'string' || endpoint === 'api') return undefined
      if (/-----BEGIN /.test(key))
        return {
          sentence: 'public_key is the PEM text itself: it must be the Base64 of the whole file.',
          fix,
          source: issuing,
        }
      if (!/^MI[\w+/=\s-]+$/.test(key)) return undefined
      return {
        sentence:
          'public_key is only the part between BEGIN and END: it must be the Base64 of the whole file, those two lines included.',
        fix,
        source: issuing,
      }
    },
  },
]
