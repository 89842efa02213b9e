import { importSigningKey } from '@countersign/core'
import { importEncryptedKey } from '@countersign/core/node'
import { keyFormNames, keySizes, openOpenssl } from '../../packages/core/test/openssl-keys.ts'
import { findService } from '../services.ts'
import { type Check, holds, sameBytes } from './check.ts'

const data = new TextEncoder().encode('what is signed')

/** Keys that openssl made, in every form that it writes, sign what openssl signs with them. */
export const opensslForms: readonly Check[] = keySizes.map((bits) => ({
  name: `Keys of ${bits} bits in ${keyFormNames.length} forms, RS256 and RS512`,
  against: '`openssl dgst -sign`',
  onlyNode: false,
  async run() {
    if (findService('openssl') === undefined) return { notRun: 'there is no openssl' }
    using openssl = openOpenssl()
    const { passphrase } = openssl
    const version = (await openssl.run('version')).split(' ').slice(0, 2).join(' ')
    let signatures = 0
    for (const form of keyFormNames) {
      const { bytes, encrypted, sign } = await openssl.key(bits, form)
      const privateKey = encrypted ? await importEncryptedKey({ pem: bytes, passphrase }) : bytes
      for (const algorithm of ['RS256', 'RS512'] as const) {
        const key = await importSigningKey(privateKey, { algorithm })
        holds(sameBytes(await key.sign(data), await sign(algorithm, data)), `${form}, ${algorithm}`)
        signatures += 1
      }
    }
    return { passed: `${signatures} signatures the same byte for byte (${version})` }
  },
}))
