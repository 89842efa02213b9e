import type { Mistake } from '@countersign/core/provider'

const signing = 'https://developer.utgl.io/issuing/getting-started/request-signing'

/** Mistakes that are common with UTGL, visible in the token alone. */
export const utglMistakes: readonly Mistake[] = [
  {
    id: 'utgl.thirty-seconds',
    find({ jwt }) {
      const { iat, exp } = jwt?.claims ?? {}
      if (typeof iat !== 'number' || typeof exp !== 'number' || exp - iat !== 30) return undefined
      return {
        sentence:
          'exp is iat + 30, as in the samples of the vendor: the text next to them demands less than 30 s.',
        fix: 'Let the token live 25 s.',
        source: signing,
      }
    },
  },
  {
    id: 'utgl.uri-is-address',
    find({ jwt, request }) {
      const uri = jwt?.claims['uri']
      if (request !== undefined || typeof uri !== 'string' || uri.startsWith('/')) return undefined
      const address = /^https?:\/\//i.test(uri)
      return {
        sentence: `uri ${address ? 'is a full URL' : 'does not begin with /'}: it must be path and query as sent, /v1 included.`,
        fix: address ? 'Leave scheme and host out.' : 'Begin it with the path, such as /v1/accounts.',
        source: signing,
      }
    },
  },
  {
    id: 'utgl.body-not-hex',
    find({ jwt }) {
      const body = jwt?.claims['body']
      if (typeof body !== 'string' || /^[\da-f]{64}$/i.test(body)) return undefined
      const isBase64 = /^[\w+/-]{43}=?$/.test(body)
      return {
        sentence: isBase64
          ? 'body is a hash in Base64: it must be 64 hexadecimal digits in lower case.'
          : 'body is not a SHA-256: it must be the hash of the body in lower-case hex, not the body.',
        fix: 'Hash the bytes that are sent with SHA-256 and write them as lower-case hex.',
        source: signing,
      }
    },
  },
]
