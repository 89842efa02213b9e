import type { Mistake } from '../provider/provider.ts'
import { list, showValue } from '../provider/show.ts'
import { ruleFixed, ruleFixedByClaim } from './what-if.ts'

const rfc8725 = (section: string) => `https://www.rfc-editor.org/rfc/rfc8725#section-${section}`

/** Mistakes in header, claims and signature, found by asking the rules what would fix them. */
export const tokenMistakes: readonly Mistake[] = [
  {
    id: 'jwt.public-key-as-secret',
    find: ({ jwt, publicKeyAsSecret }) =>
      publicKeyAsSecret !== true
        ? undefined
        : {
            sentence: `The signature is an HMAC (${showValue(jwt?.header.alg)}) whose secret is the text of the public key: anyone who has the public key can make such tokens.`,
            fix: 'Sign with the private key and an RS algorithm; let verifiers accept that one algorithm only.',
            source: rfc8725('2.1'),
          },
  },
  {
    id: 'jwt.symmetric-algorithm',
    find({ jwt, publicKeyAsSecret }, { algorithm }) {
      if (publicKeyAsSecret === true || algorithm === undefined || !/^HS\d+$/.test(jwt?.header.alg ?? ''))
        return undefined
      return {
        sentence: `alg is ${showValue(jwt?.header.alg)}, made with a shared secret, often the text of a key file: it must be ${algorithm}, made with the RSA key.`,
        fix: `Name the algorithm where the token is signed: many libraries use HS256 unless told ${algorithm}.`,
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
          sentence: '`alg` says none: the token is not signed.',
          fix: 'Sign it with the private key.',
          source,
        }
      if (signatureFault !== 'missing') return undefined
      return {
        sentence: 'Nothing follows the second dot: the token was cut off, or never signed.',
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
            sentence:
              'The signature is not base64url: it has padding, characters of another alphabet, or bits behind its last byte.',
            fix: 'Encode it with - and _ instead of + and /, and without trailing =.',
            source: 'https://www.rfc-editor.org/rfc/rfc7515#section-2',
          },
  },
  {
    id: 'jwt.line-breaks',
    find: ({ hadLineBreaks }) =>
      hadLineBreaks !== true
        ? undefined
        : {
            sentence: 'The token held line breaks, as mails and terminals add. It is judged without them.',
            fix: 'Send it on one line: a token has no white space.',
            source: 'https://www.rfc-editor.org/rfc/rfc7515#section-7.1',
            severity: 'advised',
          },
  },
  {
    id: 'jwt.audience-array',
    find(ruleInput, provider) {
      const { aud } = ruleInput.jwt?.claims ?? {}
      if (!Array.isArray(aud)) return undefined
      for (const one of aud) {
        const rule = ruleFixedByClaim(provider, ruleInput, 'aud', one)
        if (rule === undefined) continue
        return {
          sentence: `aud is an array (${showValue(aud)}): it must be one string.`,
          fix: `Write "aud": ${showValue(one)}; some libraries make it an array unless told not to.`,
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
        const rule = within === undefined ? undefined : ruleFixedByClaim(provider, ruleInput, name, within)
        if (rule === undefined) continue
        return {
          sentence: `${name} is a string that contains JSON (${showValue(value)}): it must be the ${Array.isArray(within) ? 'array' : 'object'} itself.`,
          fix: `Put the value itself into the claims, without JSON.stringify or json.dumps: "${name}": ${showValue(within)}.`,
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
          const rule = ruleFixedByClaim(provider, ruleInput, name, other)
          if (rule === undefined) continue
          return {
            sentence: `${name} is ${showValue(value)}: it must be exactly ${showValue(other)}.`,
            fix: `Convert it to ${other === value.toUpperCase() ? 'upper' : 'lower'} case before signing.`,
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
      // Where there are several headers, no scheme fixes it.
      if (scheme === undefined || scheme.includes(',')) return undefined
      for (const wanted of ['Bearer', 'Token']) {
        const rule = ruleFixed(provider, ruleInput, { scheme: wanted })
        if (rule === undefined) continue
        return {
          sentence: `Authorization ${scheme === '' ? 'has no scheme' : `says ${showValue(scheme)}`}: ${ruleInput.jwt === undefined ? 'this credential' : 'this token'} needs the scheme ${wanted}.`,
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
          other === environment ? undefined : ruleFixed(provider, ruleInput, { environment: other })
        if (rule === undefined) continue
        return {
          sentence: `This would be right for ${other}, but it is for ${environment}: ${rule.requirement}`,
          fix: `Use the credentials, base URL and lifetime of ${environment} together.`,
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
