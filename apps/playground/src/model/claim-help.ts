import type { JudgedRule } from './judge.ts'

/** What is said of one claim or header member. */
export interface ClaimHelp {
  sentence: string
  source: string
}

const rfc7519 = (section: number) => `https://www.rfc-editor.org/rfc/rfc7519#section-4.1.${section}`
const rfc7515 = (section: number) => `https://www.rfc-editor.org/rfc/rfc7515#section-4.1.${section}`

/** The registered names, in the words of their standards. */
const registered: Readonly<Record<string, ClaimHelp>> = {
  iss: { sentence: 'Issuer: who made the token.', source: rfc7519(1) },
  sub: { sentence: 'Subject: whom the token speaks for.', source: rfc7519(2) },
  aud: { sentence: 'Audience: whom the token is meant for; anyone else refuses it.', source: rfc7519(3) },
  exp: {
    sentence: 'Expiration time, in seconds since 1970: the token is refused from then on.',
    source: rfc7519(4),
  },
  nbf: {
    sentence: 'Not before, in seconds since 1970: the token is refused until then.',
    source: rfc7519(5),
  },
  iat: { sentence: 'Issued at, in seconds since 1970.', source: rfc7519(6) },
  jti: {
    sentence: 'Token id: another one in every token, so that it cannot be used twice.',
    source: rfc7519(7),
  },
  alg: { sentence: 'Algorithm: how the signature is made.', source: rfc7515(1) },
  kid: { sentence: 'Key id: which of the registered keys signed.', source: rfc7515(4) },
  typ: { sentence: 'Type: what kind of thing this is.', source: rfc7515(9) },
}

/** What the standard and the provider say of a claim or header member. */
export function helpFor(
  name: string,
  rules: readonly Pick<JudgedRule, 'sentence' | 'source' | 'reads'>[],
): ClaimHelp[] {
  const standard = Object.hasOwn(registered, name) ? registered[name] : undefined
  const own = rules
    .filter(({ reads }) => reads.includes(name))
    .map(({ sentence, source }) => ({ sentence, source }))
  return standard === undefined ? own : [standard, ...own]
}
