import type { KeyObject } from 'node:crypto'

/**
 * Whether the numbers of a private RSA key agree with one another (RFC 8017, section 3.2). OpenSSL signs with a
 * key whose primes are wrong, by its exponent alone; other programs do not.
 */
export function numbersAgree(key: KeyObject): boolean {
  const jwk = key.export({ format: 'jwk' })
  const number = (name: 'n' | 'd' | 'p' | 'q' | 'dp' | 'dq' | 'qi') => toNumber(jwk[name])
  const [p, q, d] = [number('p'), number('q'), number('d')]
  return (
    p > 1n &&
    q > 1n &&
    p * q === number('n') &&
    number('dp') === d % (p - 1n) &&
    number('dq') === d % (q - 1n) &&
    (number('qi') * q) % p === 1n
  )
}

function toNumber(text: string | undefined): bigint {
  return BigInt(`0x${Buffer.from(text ?? '', 'base64url').toString('hex') || '0'}`)
}
