import type { Verdict } from '@countersign/core/provider'

/** An explanation of a claim or header member. */
export interface ClaimHelp {
  sentence: string
  source: string
}

const rfc7519 = (section: number) => `https://www.rfc-editor.org/rfc/rfc7519#section-4.1.${section}`
const rfc7515 = (section: number) => `https://www.rfc-editor.org/rfc/rfc7515#section-4.1.${section}`

/** The registered names, as their standards define them. */
const registered: Readonly<Record<string, ClaimHelp>> = {
  iss: { sentence: 'Issuer: who issued the token.', source: rfc7519(1) },
  sub: { sentence: 'Subject: whom the token is about.', source: rfc7519(2) },
  aud: {
    sentence: 'Audience: the recipient of the token; any other recipient must refuse it.',
    source: rfc7519(3),
  },
  exp: {
    sentence: 'Expiration time, in seconds since 1970: the token must be refused from then on.',
    source: rfc7519(4),
  },
  nbf: {
    sentence: 'Not before, in seconds since 1970: the token must be refused until then.',
    source: rfc7519(5),
  },
  iat: { sentence: 'Issued at, in seconds since 1970.', source: rfc7519(6) },
  jti: {
    sentence: 'JWT ID: unique to each token, so that a token cannot be used twice.',
    source: rfc7519(7),
  },
  alg: { sentence: 'Algorithm: how the token is signed.', source: rfc7515(1) },
  kid: { sentence: 'Key ID: which of the registered keys signed the token.', source: rfc7515(4) },
  typ: { sentence: 'Type: the media type of the token.', source: rfc7515(9) },
}

/** What the standard and the provider's rules say about a claim or header member. */
export function helpFor(
  name: string,
  rules: readonly Pick<Verdict, 'requirement' | 'source' | 'claims'>[],
): ClaimHelp[] {
  const standard = Object.hasOwn(registered, name) ? registered[name] : undefined
  const own = rules
    .filter(({ claims }) => claims.includes(name))
    .map(({ requirement, source }) => ({ sentence: requirement, source }))
  return standard === undefined ? own : [standard, ...own]
}
