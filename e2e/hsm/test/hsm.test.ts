import { createHash, createPublicKey } from 'node:crypto'
import { inspect } from 'node:util'
import { importSigningKey, type SigningKey } from '@countersign/core'
import { flowsOf, loadProviders } from '@countersign/providers'
import { createFixedClock, serveEmulator } from '@countersign/testing'
import type pkcs11 from 'pkcs11js'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { needService } from '../../../tools/services.ts'
import { buildPkcs11 } from '../src/build-pkcs11.ts'
import type { createPkcs11SigningKey } from '../src/pkcs11-signing-key.ts'
import { createSoftHsmToken, type SoftHsmToken } from '../src/soft-hsm-token.ts'

let ckm: typeof pkcs11
let createKey: typeof createPkcs11SigningKey
let token: SoftHsmToken
let library: pkcs11.PKCS11
let slot: pkcs11.Handle
let session: pkcs11.Handle

beforeAll(async () => {
  const module = needService('softhsm')
  token = createSoftHsmToken(module)
  buildPkcs11()
  ckm = (await import('pkcs11js')).default
  createKey = (await import('../src/pkcs11-signing-key.ts')).createPkcs11SigningKey
  library = new ckm.PKCS11()
  library.load(module)
  library.C_Initialize()
  const slots = library.C_GetSlotList(true)
  slot = slots.find((one) => library.C_GetTokenInfo(one).label.trim() === token.tokenLabel) as Buffer
  session = openSession()
  library.C_Login(session, ckm.CKU_USER, token.pin)
})

afterAll(() => {
  library?.C_Finalize()
  library?.close()
  token?.[Symbol.dispose]()
})

const openSession = () => library.C_OpenSession(slot, ckm.CKF_SERIAL_SESSION)
const keyOf = (algorithm: 'RS256' | 'RS512', over: { session?: pkcs11.Handle; keyId?: string } = {}) =>
  createKey({ library, session, label: token.keyLabel, algorithm, ...over })
const publicPem = ({ publicJwk }: SigningKey) =>
  createPublicKey({ key: { ...publicJwk }, format: 'jwk' }).export({ type: 'spki', format: 'pem' })

const signing = (await loadProviders())
  .flatMap(flowsOf)
  .filter(({ credentials }) => credentials.includes('privateKey'))

describe('with a key in an HSM, over HTTP,', () => {
  test.each(signing)('$name accepts what the token signed, also many at a time', async (flow) => {
    const { provider, createEmulator } = flow
    const key = keyOf(provider.algorithm as 'RS256')
    const clock = createFixedClock()
    const emulator = createEmulator({ clock })
    const credentials = await emulator.register(String(publicPem(key)))
    await using server = await serveEmulator(emulator)
    const baseUrl = server.url + provider.basePath
    const auth = provider.create({ ...flow.options({ ...credentials, privateKey: key }), baseUrl, clock })
    const call = () => auth.fetch(`${baseUrl}/${provider.example.path}`)
    const answers = await Promise.all(Array.from({ length: 12 }, call))
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200))
  })
})

describe('the private key in an HSM', () => {
  const data = Buffer.from('what is signed')
  const privateKey = () => {
    library.C_FindObjectsInit(session, [{ type: ckm.CKA_CLASS, value: ckm.CKO_PRIVATE_KEY }])
    const found = library.C_FindObjects(session) as pkcs11.Handle
    library.C_FindObjectsFinal(session)
    return found
  }

  test('cannot be taken out of it', () => {
    const secretParts = [ckm.CKA_PRIVATE_EXPONENT, ckm.CKA_PRIME_1, ckm.CKA_PRIME_2, ckm.CKA_COEFFICIENT]
    for (const type of secretParts) {
      const take = () => library.C_GetAttributeValue(session, privateKey(), [{ type }])
      expect(take).toThrow(expect.objectContaining({ code: ckm.CKR_ATTRIBUTE_SENSITIVE }))
    }
    const [extractable, never, local] = library.C_GetAttributeValue(session, privateKey(), [
      { type: ckm.CKA_EXTRACTABLE },
      { type: ckm.CKA_NEVER_EXTRACTABLE },
      { type: ckm.CKA_LOCAL },
    ])
    const bits = [extractable, never, local].map((attribute) => [...Buffer.from(attribute?.value as Buffer)])
    expect(bits).toEqual([[0], [1], [1]])
  })

  test('is the one whose public half the token reports', () => {
    const { publicJwk } = keyOf('RS256')
    expect(Buffer.from(publicJwk?.n ?? '', 'base64url')).toHaveLength(256)
    expect(publicJwk).toMatchObject({ kty: 'RSA', e: 'AQAB' })
  })

  test('that is named wrongly is an error when the key is made', () => {
    expect(() => createKey({ library, session, label: 'another', algorithm: 'RS256' })).toThrow(
      'The token has no key with the label another',
    )
  })

  const signWith = (mechanism: number, prepare: (bytes: Buffer) => Buffer): Promise<SigningKey> =>
    importSigningKey(
      {
        ...keyOf('RS256'),
        async sign(bytes) {
          library.C_SignInit(session, { mechanism }, privateKey())
          return library.C_Sign(session, prepare(Buffer.from(bytes)), Buffer.alloc(1024))
        },
      },
      { algorithm: 'RS256' },
    )
  const digest = (bytes: Buffer) => createHash('sha256').update(bytes).digest()
  const digestInfo = (bytes: Buffer) =>
    Buffer.concat([Buffer.from('3031300d060960864801650304020105000420', 'hex'), digest(bytes)])
  const broken = { code: 'SIGN_FAILED', message: expect.stringContaining('is not valid') }

  test('signs by CKM_RSA_PKCS only what has its DigestInfo, as PKCS#1 wants', async () => {
    const right = await signWith(ckm.CKM_RSA_PKCS, digestInfo)
    expect(Buffer.from(await right.sign(data))).toEqual(await keyOf('RS256').sign(data))
    const wrong = await signWith(ckm.CKM_RSA_PKCS, digest)
    await expect(wrong.sign(data)).rejects.toMatchObject(broken)
  })

  test('has no signature let out that was hashed twice', async () => {
    const twice = await signWith(ckm.CKM_SHA256_RSA_PKCS, digest)
    await expect(twice.sign(data)).rejects.toMatchObject(broken)
  })

  test('gives SIGN_FAILED without the PIN once its session is closed, and after a logout', async () => {
    const ending = openSession()
    const closed = await importSigningKey(keyOf('RS256', { session: ending }), { algorithm: 'RS256' })
    expect(await closed.sign(data)).toHaveLength(256)
    library.C_CloseSession(ending)
    const loggedOut = await importSigningKey(keyOf('RS256'), { algorithm: 'RS256' })
    const failures = [await closed.sign(data).catch((error: unknown) => error)]
    library.C_Logout(session)
    failures.push(await loggedOut.sign(data).catch((error: unknown) => error))
    library.C_Login(session, ckm.CKU_USER, token.pin)
    expect(failures).toMatchObject([
      { code: 'SIGN_FAILED', cause: { message: expect.stringContaining('CKR_SESSION_HANDLE_INVALID') } },
      {
        code: 'SIGN_FAILED',
        cause: { message: expect.stringMatching(/CKR_(USER_NOT_LOGGED_IN|KEY_HANDLE|OBJECT_HANDLE)/) },
      },
    ])
    for (const failure of failures) {
      expect(inspect(failure, { depth: 9, showHidden: true })).not.toContain(token.pin)
      expect(`${JSON.stringify(failure)} ${failure}`).not.toContain(token.pin)
    }
  })
})
