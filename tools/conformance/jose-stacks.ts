import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import {
  type GeneratedKeyPair,
  generateKeyPair,
  importSigningKey,
  keyThumbprint,
  type SigningAlgorithm,
  signJwt,
  verifyJwt,
} from '@countersign/core'
import jsonwebtoken from 'jsonwebtoken'
import { KEYUTIL, KJUR, type RSAKey } from 'jsrsasign'
import { type Check, holds } from './check.ts'

/** Another implementation of JOSE: how it signs and verifies. */
interface Stack {
  sign(claims: object, pair: GeneratedKeyPair, algorithm: SigningAlgorithm): string
  /** The claims; throws when the signature does not hold. */
  verify(token: string, pair: GeneratedKeyPair, algorithm: SigningAlgorithm): unknown
}

const claims = { sub: 'example', text: 'Grüße, 世界' }

/** A token with another character in the middle of its signature. */
function tamper(token: string): string {
  const at = token.lastIndexOf('.') + 40
  return `${token.slice(0, at)}${token[at] === 'A' ? 'B' : 'A'}${token.slice(at + 1)}`
}

/** Tokens go both ways for every size and algorithm, and neither side takes a token that was changed. */
async function agrees(stack: Stack): Promise<number> {
  let tokens = 0
  for (const bits of [2048, 3072, 4096] as const) {
    const pair = await generateKeyPair({ bits })
    for (const algorithm of ['RS256', 'RS512'] as const) {
      const about = `${bits} bits, ${algorithm}`
      const key = await importSigningKey(pair.privateKey, { algorithm })
      const ours = await signJwt(key, { header: { alg: algorithm, typ: 'JWT' }, claims })
      const read = stack.verify(ours, pair, algorithm)
      holds(JSON.stringify(read) === JSON.stringify(claims), `${about}: our token there`)
      const refuses = () => {
        try {
          stack.verify(tamper(ours), pair, algorithm)
          return false
        } catch {
          return true
        }
      }
      holds(refuses(), `${about}: our token, changed, refused there`)
      const theirs = stack.sign(claims, pair, algorithm)
      const verified = await verifyJwt(theirs, pair.publicKey, { algorithm })
      holds(JSON.stringify(verified.claims) === JSON.stringify(claims), `${about}: their token here`)
      const changed = verifyJwt(tamper(theirs), pair.publicKey, { algorithm })
      holds(
        await changed.then(
          () => false,
          () => true,
        ),
        `${about}: their token, changed, refused here`,
      )
      const [header, payload, signature] = theirs.split('.')
      const again = Buffer.from(await key.sign(Buffer.from(`${header}.${payload}`)))
      holds(again.toString('base64url') === signature, `${about}: their signature from our key`)
      tokens += 2
    }
  }
  return tokens
}

const versionOf = (name: string) =>
  JSON.parse(readFileSync(createRequire(import.meta.url).resolve(`${name}/package.json`), 'utf8')).version
const outcome = (tokens: number, stack: string) => ({
  passed: `${tokens} tokens verified, in both directions, signatures the same byte for byte, changed ones refused (${stack})`,
})

const ofJsonwebtoken: Stack = {
  sign: (body, { privateKey }, algorithm) =>
    jsonwebtoken.sign(body, privateKey, { algorithm, noTimestamp: true }),
  verify: (token, { publicKey }, algorithm) =>
    jsonwebtoken.verify(token, publicKey, { algorithms: [algorithm] }),
}

const ofJsrsasign: Stack = {
  sign: (body, { privateKey }, algorithm) => {
    const header = JSON.stringify({ alg: algorithm, typ: 'JWT' })
    return KJUR.jws.JWS.sign(algorithm, header, JSON.stringify(body), privateKey)
  },
  verify: (token, { publicKey }, algorithm) => {
    const key = KEYUTIL.getKey(publicKey) as RSAKey
    if (!KJUR.jws.JWS.verify(token, key, [algorithm])) throw new Error('the signature does not hold')
    return KJUR.jws.JWS.parse(token).payloadObj
  },
}

const peer = fileURLToPath(new URL('./jwcrypto_peer.py', import.meta.url))
const pythons = ['/usr/bin/python3', 'python3']

function callPython(python: string, input: object): Record<string, unknown> {
  const options = { input: JSON.stringify(input), stdio: ['pipe', 'pipe', 'ignore'] as 'pipe'[] }
  return JSON.parse(execFileSync(python, [peer], options).toString())
}

function findJwcrypto(): { python: string; version: unknown } | undefined {
  for (const python of pythons) {
    try {
      return { python, version: callPython(python, { do: 'version' })['version'] }
    } catch {
      // Not there, or without jwcrypto: the next one is tried.
    }
  }
  return undefined
}

/** Stacks that share no code with this one: two of npm, one of Debian. */
export const joseStacks: readonly Check[] = [
  {
    name: 'Tokens exchanged with jsonwebtoken',
    against: 'npm, on the crypto of Node',
    onlyNode: true,
    run: async () => outcome(await agrees(ofJsonwebtoken), `jsonwebtoken ${versionOf('jsonwebtoken')}`),
  },
  {
    name: 'Tokens exchanged with jsrsasign',
    against: 'npm, RSA in plain JavaScript',
    onlyNode: true,
    run: async () => outcome(await agrees(ofJsrsasign), `jsrsasign ${versionOf('jsrsasign')}`),
  },
  {
    name: 'Tokens and thumbprints exchanged with jwcrypto',
    against: 'Debian, Python',
    onlyNode: false,
    async run() {
      const found = findJwcrypto()
      if (found === undefined) return { notRun: 'there is no python3-jwcrypto' }
      const call = (input: object) => callPython(found.python, input)
      const tokens = await agrees({
        sign: (body, { privateKey }, algorithm) =>
          String(call({ do: 'sign', key: privateKey, claims: JSON.stringify(body), algorithm })['token']),
        verify: (token, { publicKey }, algorithm) =>
          JSON.parse(String(call({ do: 'verify', key: publicKey, token, algorithm })['claims'])),
      })
      const { publicKey, publicJwk } = await generateKeyPair()
      const { thumbprint } = call({ do: 'thumbprint', key: publicKey })
      holds(thumbprint === (await keyThumbprint(publicJwk)), 'the thumbprint')
      return outcome(tokens, `jwcrypto ${found.version}`)
    },
  },
]
