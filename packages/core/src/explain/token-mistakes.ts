import type { Mistake } from '../provider/provider.ts'
import { list, showValue } from '../provider/show.ts'
import { ruleMended, ruleMendedByClaim } from './what-if.ts'

const rfc8725 = (section: string) => `https://www.rfc-editor.org/rfc/rfc8725#section-${section}`

/** Mistakes with header, claims and signature that are proved by asking the rules what would mend them. */
export const tokenMistakes: readonly Mistake[] = [
  {
    id: 'jwt.public-key-as-secret',
    find: ({ jwt, publicKeyAsSecret }) =>
      publicKeyAsSecret !== true
        ? undefined
        : {
            sentence: `The signature is an HMAC (${showValue(jwt?.header.alg)}) whose secret is the text of the public key: whoever has the public key can make such tokens.`,
            fix: 'Sign with the private key and an RS algorithm; let verifiers take that one algorithm only.',
            source: rfc8725('2.1'),
          },
  },
  {
    id: 'jwt.symmetric-algorithm',
    find({ jwt, publicKeyAsSecret }, { algorithm }) {
      if (publicKeyAsSecret === true || algorithm === undefined || !/^HS\d+$/.test(jwt?.header.alg ?? ''))
        return undefined
      return {
        sentence: `alg is ${showValue(jwt?.header.alg)}, made with a shared secret, often the text of a key file: ${algorithm}, made with the RSA key, is wanted.`,
        fix: `Name the algorithm where the token is signed: many libraries take HS256 unless told ${algorithm}.`,
        source: rfc8725('3.1'),
      }
    },
  },
  {
    id: 'jwt.unsigned',
    find({ jwt, signatureFault }) {
      const source = rfc8725('3.2')
      if (jwt?.header.alg.toLowerCase() === 'none')
        return {
          sentence: 'alg is none: the token is not signed at all.',
          fix: 'Sign it with the private key.',
          source,
        }
      if (signatureFault !== 'missing') return undefined
      return {
        sentence: 'Nothing stands behind the second dot: the token was cut off, or never signed.',
        fix: 'Sign it with the private key, and pass on all three parts.',
        source,
      }
    },
  },
  {
    id: 'jwt.signature-spelling',
    find: ({ signatureFault }) =>
      signatureFault !== 'encoding'
        ? undefined
        : {
            sentence: 'The signature is not in base64url: it has padding, or characters of another alphabet.',
            fix: 'Encode it with - and _ in place of + and /, and without = at its end.',
            source: 'https://www.rfc-editor.org/rfc/rfc7515#section-2',
          },
  },
  {
    id: 'jwt.audience-array',
    find(ruleInput, provider) {
      const { aud } = ruleInput.jwt?.claims ?? {}
      if (!Array.isArray(aud)) return undefined
      for (const one of aud) {
        const rule = ruleMendedByClaim(provider, ruleInput, 'aud', one)
        if (rule === undefined) continue
        return {
          sentence: `aud is an array (${showValue(aud)}): one text is wanted.`,
          fix: `Write "aud": ${showValue(one)}; some libraries make an array of it unless told not to.`,
          source: rule.source,
        }
      }
      return undefined
    },
  },
  {
    id: 'jwt.stringified',
    find(ruleInput, provider) {
      for (const [name, value] of Object.entries(ruleInput.jwt?.claims ?? {})) {
        const within = typeof value === 'string' && /^\s*[[{]/.test(value) ? parse(value) : undefined
        const rule = within === undefined ? undefined : ruleMendedByClaim(provider, ruleInput, name, within)
        if (rule === undefined) continue
        return {
          sentence: `${name} is a text that holds JSON (${showValue(value)}): the ${Array.isArray(within) ? 'array' : 'object'} itself is wanted.`,
          fix: `Put the value into the claims as it is, without JSON.stringify or json.dumps: "${name}": ${showValue(within)}.`,
          source: rule.source,
        }
      }
      return undefined
    },
  },
  {
    id: 'jwt.letter-case',
    find(ruleInput, provider) {
      for (const [name, value] of Object.entries(ruleInput.jwt?.claims ?? {})) {
        if (typeof value !== 'string') continue
        for (const other of [value.toUpperCase(), value.toLowerCase()]) {
          const rule = ruleMendedByClaim(provider, ruleInput, name, other)
          if (rule === undefined) continue
          return {
            sentence: `${name} is ${showValue(value)}: ${showValue(other)} is wanted, letter for letter.`,
            fix: `Turn it into ${other === value.toUpperCase() ? 'upper' : 'lower'} case before signing.`,
            source: rule.source,
          }
        }
      }
      return undefined
    },
  },
  {
    id: 'jwt.white-space',
    find({ jwt }) {
      const members = [...Object.entries(jwt?.header ?? {}), ...Object.entries(jwt?.claims ?? {})]
      const names = members
        .filter(([, value]) => typeof value === 'string' && value !== '' && value !== unwrap(value))
        .map(([name]) => name)
      if (names.length === 0) return undefined
      return {
        sentence: `${list(names)} ${names.length === 1 ? 'has' : 'have'} white space or quotation marks around the value, as values from files and variables do.`,
        fix: 'Trim the value where it is read.',
        source: 'https://www.rfc-editor.org/rfc/rfc7519#section-7.3',
      }
    },
  },
  {
    id: 'request.scheme',
    find(ruleInput, provider) {
      const { scheme } = ruleInput
      // Where there are several headers, no scheme mends it.
      if (scheme === undefined || scheme.includes(',')) return undefined
      for (const wanted of ['Bearer', 'Token']) {
        const rule = ruleMended(provider, ruleInput, { scheme: wanted })
        if (rule === undefined) continue
        return {
          sentence: `Authorization ${scheme === '' ? 'has no scheme' : `says ${showValue(scheme)}`}: ${wanted} is wanted before ${ruleInput.jwt === undefined ? 'this credential' : 'this token'}.`,
          fix: `Send Authorization: ${wanted} <token>.`,
          source: rule.source,
        }
      }
      return undefined
    },
  },
  {
    id: 'request.environment',
    find(ruleInput, provider) {
      const { environment } = ruleInput
      if (environment === undefined) return undefined
      for (const other of Object.keys(provider.baseUrls)) {
        const rule =
          other === environment ? undefined : ruleMended(provider, ruleInput, { environment: other })
        if (rule === undefined) continue
        return {
          sentence: `This would do for ${other}, and it is for ${environment}: ${rule.requirement}`,
          fix: `Use credentials, address and lifetime of ${environment} together.`,
          source: rule.source,
        }
      }
      return undefined
    },
  },
]

function unwrap(text: string): string {
  return text.trim().replace(/^(["'])(.*)\1$/s, '$2')
}

function parse(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? value : undefined
  } catch {
    return undefined
  }
}
