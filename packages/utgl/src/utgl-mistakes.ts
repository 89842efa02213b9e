import type { Mistake } from '@countersign/core/provider'

const signing = 'https://developer.utgl.io/issuing/getting-started/request-signing'

/** Mistakes that are made with UTGL more than elsewhere, seen in the token alone. */
export const utglMistakes: readonly Mistake[] = [
  {
    id: 'utgl.thirty-seconds',
    find({ jwt }) {
      const { iat, exp } = jwt?.claims ?? {}
      if (typeof iat !== 'number' || typeof exp !== 'number' || exp - iat !== 30) return undefined
      return {
        sentence:
          'exp is iat + 30, as in the samples of the vendor: the text beside them wants less than 30 s.',
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
        sentence: `uri ${address ? 'is a whole address' : 'does not begin with /'}: it is path and query as on the wire, /v1 included.`,
        fix: address ? 'Leave scheme and host out.' : 'Begin it with the path, such as /v1/accounts.',
        source: signing,
      }
    },
  },
  {
    id: 'utgl.body-is-no-hex',
    find({ jwt }) {
      const body = jwt?.claims['body']
      if (typeof body !== 'string' || /^[\da-f]{64}$/i.test(body)) return undefined
      const isBase64 = /^[\w+/-]{43}=?$/.test(body)
      return {
        sentence: isBase64
          ? 'body is a hash in Base64: 64 hexadecimal digits in lower case are wanted.'
          : 'body is no SHA-256: it holds the hash of the body in lower-case hex, not the body.',
        fix: 'Hash the bytes that are sent with SHA-256 and write them as lower-case hex.',
        source: signing,
      }
    },
  },
]
