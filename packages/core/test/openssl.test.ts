import { execFile } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { needService } from '../../../tools/services.ts'
import { importSigningKey, type PrivateKeyInput } from '../src/index.ts'
import { importEncryptedKey } from '../src/node/index.ts'
import { keyFormNames, keySizes, type Openssl, openOpenssl } from './openssl-keys.ts'

const data = new TextEncoder().encode('what is signed')
const sshKeygen = (...parameters: string[]) => promisify(execFile)('ssh-keygen', parameters)
let openssl: Openssl

beforeAll(async () => {
  needService('openssl')
  openssl = openOpenssl()
  await Promise.all(keySizes.map((bits) => openssl.key(bits, 'PKCS#1 PEM')))
  await Promise.all(keySizes.map((bits) => openssl.key(bits, 'PKCS#8 PEM')))
})
afterAll(() => openssl?.[Symbol.dispose]())

const cases = keyFormNames.flatMap((form) =>
  keySizes.flatMap((bits) => (['RS256', 'RS512'] as const).map((algorithm) => ({ form, bits, algorithm }))),
)

describe('a key that openssl made', () => {
  test.each(cases)('signs as openssl does: $form, $bits bits, $algorithm', async (one) => {
    const { bytes, encrypted, sign } = await openssl.key(one.bits, one.form)
    const { passphrase } = openssl
    const privateKey = encrypted ? await importEncryptedKey({ pem: bytes, passphrase }) : bytes
    const key = await importSigningKey(privateKey, { algorithm: one.algorithm })
    expect(Buffer.from(await key.sign(data))).toEqual(await sign(one.algorithm, data))
  })

  const encryptedForms = keyFormNames.filter((form) => form.includes(' with '))
  test.each(encryptedForms)('is opened by its passphrase alone: %s', async (form) => {
    const { bytes } = await openssl.key(2048, form)
    const refused = importSigningKey(bytes, { algorithm: 'RS256' })
    await expect(refused).rejects.toMatchObject({ code: 'KEY_ENCRYPTED' })
    await expect(importEncryptedKey({ pem: bytes })).rejects.toMatchObject({ code: 'KEY_ENCRYPTED' })
    const wrong = importEncryptedKey({ pem: bytes, passphrase: `${openssl.passphrase}!` })
    await expect(wrong).rejects.toMatchObject({ code: 'KEY_PASSPHRASE_WRONG' })
  })
})

test('a wrong passphrase is named as such even when it decrypts to bytes with right padding', async () => {
  const weak = [...['pkcs8', '-topk8', '-v2', 'aes-256-cbc', '-iter', '1'], '-passout', 'env:PASSPHRASE']
  await openssl.run(...weak, '-in', 'genpkey-2048.pem', '-out', 'weak.pem')
  const codes = new Set<unknown>()
  for (let attempt = 0; attempt < 2_500; attempt++) {
    const opened = importEncryptedKey({ pem: openssl.read('weak.pem'), passphrase: `wrong ${attempt}` })
    codes.add(await opened.catch(({ code }: { code: unknown }) => code))
  }
  expect([...codes]).toEqual(['KEY_PASSPHRASE_WRONG'])
})

/** An unusable key: how openssl makes `out` from the RSA key `key`, and the error expected for it. */
interface Fault {
  code: string
  says: RegExp
  make: (key: string, out: string) => Promise<unknown>
  /** Opened by the passphrase first. */
  encrypted?: boolean
}

const files = (...names: string[]) => Buffer.concat(names.map((name) => openssl.read(name)))
const genpkey = (algorithm: string, ...rest: string[]) =>
  openssl.run('genpkey', '-algorithm', algorithm, ...rest)
const certify = (key: string, out: string, name = 'example') =>
  openssl.run('req', '-x509', '-new', '-key', key, '-subj', `/CN=${name}`, '-days', '2', '-out', out)
const request = (key: string, out: string) =>
  openssl.run('req', '-new', '-key', key, '-subj', '/CN=example', '-out', out)
const join = (out: string, ...names: string[]) => writeFileSync(openssl.path(out), files(...names))
const onCurve = ['-pkeyopt', 'ec_paramgen_curve:P-256']
const sealed = ['-aes-256-cbc', '-pass', 'env:PASSPHRASE']
const pss = ['-pkeyopt', 'rsa_keygen_bits:2048']
const other = 'genpkey-2048.pem'

const notRsa = { code: 'KEY_NOT_RSA', says: /not an RSA key\. Create .*openssl genpkey/ }
const mismatch = { code: 'KEY_MALFORMED', says: /next to the private key belongs to a different key/ }
const isCertificate = { code: 'KEY_IS_CERTIFICATE', says: /A certificate was passed/ }
const isPublic = { code: 'KEY_NOT_PRIVATE', says: /A public key was passed/ }

const faults: Record<string, Fault> = {
  'an EC key (PKCS#8)': { ...notRsa, make: (_key, out) => genpkey('EC', ...onCurve, '-out', out) },
  'an EC key with its parameters (SEC 1)': {
    ...notRsa,
    make: (_key, out) => openssl.run('ecparam', '-name', 'prime256v1', '-genkey', '-out', out),
  },
  'an EC key, encrypted': {
    ...notRsa,
    encrypted: true,
    make: (_key, out) => genpkey('EC', ...onCurve, ...sealed, '-out', out),
  },
  'an Ed25519 key': { ...notRsa, make: (_key, out) => genpkey('ED25519', '-out', out) },
  'an X25519 key': { ...notRsa, make: (_key, out) => genpkey('X25519', '-out', out) },
  'a DSA key with its parameters': {
    ...notRsa,
    make: (_key, out) => openssl.run('dsaparam', '-genkey', '-out', out, '1024'),
  },
  'an RSA-PSS key': {
    code: 'KEY_NOT_RSA',
    says: /of the type RSA-PSS/,
    make: (_key, out) => genpkey('RSA-PSS', ...pss, '-out', out),
  },
  'an RSA-PSS key, encrypted': {
    code: 'KEY_NOT_RSA',
    says: /of the type RSA-PSS/,
    encrypted: true,
    make: (_key, out) => genpkey('RSA-PSS', ...pss, ...sealed, '-out', out),
  },
  'a key of 1024 bits': {
    code: 'KEY_TOO_SHORT',
    says: /fewer than 2048 bits/,
    make: (_key, out) => genpkey('RSA', '-pkeyopt', 'rsa_keygen_bits:1024', '-out', out),
  },
  'a certificate': { ...isCertificate, make: (key, out) => certify(key, out) },
  'a certificate in words and PEM': {
    ...isCertificate,
    make: async (key, out) => {
      await certify(key, 'plain.crt')
      await openssl.run('x509', '-in', 'plain.crt', '-text', '-out', out)
    },
  },
  'a certificate in DER': {
    ...isCertificate,
    make: (key, out) =>
      openssl.run('req', '-x509', '-key', key, '-subj', '/CN=example', '-outform', 'DER', '-out', out),
  },
  'a certificate request': {
    code: 'KEY_NOT_PRIVATE',
    says: /A certificate request was passed/,
    make: (key, out) => request(key, out),
  },
  'a PKCS#12 file': {
    code: 'KEY_MALFORMED',
    says: /PKCS#12 file\. Extract the key with `openssl pkcs12/,
    make: async (key, out) => {
      await certify(key, 'inner.crt')
      const secret = ['-passout', 'env:PASSPHRASE']
      await openssl.run('pkcs12', '-export', '-inkey', key, '-in', 'inner.crt', '-out', out, ...secret)
    },
  },
  'a public key': {
    ...isPublic,
    make: (key, out) => openssl.run('pkey', '-in', key, '-pubout', '-out', out),
  },
  'a public key in PKCS#1': {
    ...isPublic,
    make: (key, out) => openssl.run('rsa', '-in', key, '-RSAPublicKey_out', '-out', out),
  },
  'a public key in DER': {
    ...isPublic,
    make: (key, out) => openssl.run('pkey', '-in', key, '-pubout', '-outform', 'DER', '-out', out),
  },
  'a key of OpenSSH': {
    code: 'KEY_IS_OPENSSH',
    says: /ssh-keygen -p -m PKCS8/,
    make: (_key, out) => sshKeygen('-q', '-t', 'rsa', '-b', '2048', '-N', '', '-f', openssl.path(out)),
  },
  'a public key of OpenSSH': {
    code: 'KEY_NOT_PRIVATE',
    says: /SSH public key/,
    make: async (key, out) =>
      writeFileSync(openssl.path(out), (await sshKeygen('-y', '-f', openssl.path(key))).stdout),
  },
  'a key of PuTTY': {
    code: 'KEY_MALFORMED',
    says: /PuTTY format\. Convert it with `puttygen/,
    make: async (_key, out) =>
      writeFileSync(
        openssl.path(out),
        'PuTTY-User-Key-File-3: ssh-rsa\nEncryption: none\nComment: rsa-key\n',
      ),
  },
  'two keys in one file': {
    code: 'KEY_MALFORMED',
    says: /several private keys/,
    make: async (key, out) => join(out, key, other),
  },
  'a key with the certificate of another': {
    ...mismatch,
    make: async (key, out) => {
      await certify(other, 'other.crt')
      join(out, key, 'other.crt')
    },
  },
  'a key after the certificate of another': {
    ...mismatch,
    make: async (key, out) => {
      await certify(other, 'other-first.crt')
      join(out, 'other-first.crt', key)
    },
  },
  'a key with the request of another': {
    ...mismatch,
    make: async (key, out) => {
      await request(other, 'other.csr')
      join(out, key, 'other.csr')
    },
  },
  'a key with the public key of another': {
    ...mismatch,
    make: async (key, out) => {
      await openssl.run('pkey', '-in', other, '-pubout', '-out', 'other.pub')
      join(out, key, 'other.pub')
    },
  },
  'a key cut after its first lines': {
    code: 'KEY_TRUNCATED',
    says: /cut off/,
    make: async (key, out) =>
      writeFileSync(openssl.path(out), `${files(key)}`.split('\n').slice(0, 4).join('\n')),
  },
  'parameters of Diffie-Hellman': {
    code: 'KEY_MALFORMED',
    says: /format of the key is not known/,
    make: (_key, out) => openssl.run('dhparam', '-dsaparam', '-out', out, '512'),
  },
  'a key that is encrypted by MD5 and DES': {
    code: 'KEY_MALFORMED',
    says: /outdated method\. Encrypt it again with `openssl pkcs8 -topk8/,
    encrypted: true,
    make: (key, out) =>
      openssl.run(
        ...['pkcs8', '-topk8', '-v1', 'PBE-MD5-DES', '-provider', 'legacy', '-provider', 'default'],
        ...['-in', key, '-out', out, '-passout', 'env:PASSPHRASE'],
      ),
  },
}

describe('other output of openssl', () => {
  test.each(Object.entries(faults))('is named: %s', async (name, { code, says, make, encrypted }) => {
    const out = name.replaceAll(/\W+/g, '-')
    await make('genrsa-2048.pem', out)
    const bytes = openssl.read(out)
    const { passphrase } = openssl
    const open = async (): Promise<PrivateKeyInput> =>
      encrypted === true ? await importEncryptedKey({ pem: bytes, passphrase }) : bytes
    const error = await open()
      .then((key) => importSigningKey(key, { algorithm: 'RS256' }))
      .then(
        () => undefined,
        (thrown: unknown) => thrown,
      )
    expect(error).toMatchObject({ name: 'KeyError', code, message: expect.stringMatching(says) })
    const lines = bytes.toString().match(/^[A-Za-z0-9+/]{40,}$/gm) ?? []
    for (const line of lines) expect(String(error)).not.toContain(line)
  })
})

describe('a private key in one file with', () => {
  const key = 'genrsa-2048.pem'
  const imported = async (...names: string[]) => {
    const signer = await importSigningKey(files(...names), { algorithm: 'RS256' })
    const { sign } = await openssl.key(2048, 'PKCS#1 PEM')
    expect(Buffer.from(await signer.sign(data))).toEqual(await sign('RS256', data))
  }

  test('of its certificate, before or after it, is taken', async () => {
    await certify(key, 'own.crt')
    await imported(key, 'own.crt')
    await imported('own.crt', key)
  })

  test('of its request and its public key is taken', async () => {
    await request(key, 'own.csr')
    await openssl.run('pkey', '-in', key, '-pubout', '-out', 'own.pub')
    await imported(key, 'own.csr', 'own.pub')
  })

  test('of its certificate and its issuer, in any order, is taken', async () => {
    await certify(other, 'issuer.crt', 'issuer')
    await request(key, 'chain.csr')
    const issuer = ['-CA', 'issuer.crt', '-CAkey', other, '-CAcreateserial']
    await openssl.run('x509', '-req', '-in', 'chain.csr', ...issuer, '-days', '2', '-out', 'chain.crt')
    const parts = [key, 'chain.crt', 'issuer.crt']
    for (const first of parts)
      for (const second of parts.filter((part) => part !== first))
        for (const third of parts.filter((part) => part !== first && part !== second))
          await imported(first, second, third)
    const without = importSigningKey(files('issuer.crt', key), { algorithm: 'RS256' })
    await expect(without).rejects.toMatchObject({ message: expect.stringContaining('different key') })
  })

  test('as openssl writes it out of PKCS#12, with bag attributes, is taken', async () => {
    await certify(key, 'bag.crt')
    const secret = ['-passout', 'env:PASSPHRASE']
    await openssl.run('pkcs12', '-export', '-inkey', key, '-in', 'bag.crt', '-out', 'bag.p12', ...secret)
    await openssl.run('pkcs12', '-in', 'bag.p12', '-nodes', '-passin', 'env:PASSPHRASE', '-out', 'bag.pem')
    expect(`${files('bag.pem')}`).toContain('Bag Attributes')
    await imported('bag.pem')
  })
})

test('the command that the message about OpenSSH names converts the key', async () => {
  const path = openssl.path('converted')
  await sshKeygen('-q', '-t', 'rsa', '-b', '2048', '-N', '', '-f', path)
  await sshKeygen('-q', '-p', '-m', 'PKCS8', '-N', '', '-f', path)
  const signer = await importSigningKey(openssl.read('converted'), { algorithm: 'RS256' })
  expect(await signer.sign(data)).toHaveLength(256)
})
