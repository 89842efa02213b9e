const largestBits = 16_384
const smallPrimes = [
  3n,
  5n,
  7n,
  11n,
  13n,
  17n,
  19n,
  23n,
  29n,
  31n,
  37n,
  41n,
  43n,
  47n,
  53n,
  59n,
  61n,
  67n,
  71n,
  73n,
  79n,
  83n,
  89n,
  97n,
]

/** Whether modulus and public exponent can be those of an RSA key: odd, without small factors, of sane size. */
export function isRsaSane(modulus: Uint8Array, exponent: Uint8Array): boolean {
  const least = modulus.at(-1) ?? 0
  const odd = least % 2 === 1 && (exponent.at(-1) ?? 0) % 2 === 1
  if (!odd || modulus.length * 8 > largestBits || exponent.length > 8 || toBigInt(exponent) < 3n) return false
  const number = toBigInt(modulus)
  return number > toBigInt(exponent) && smallPrimes.every((prime) => number % prime !== 0n)
}

function toBigInt(bytes: Uint8Array): bigint {
  let hex = ''
  for (const byte of bytes) hex += byte.toString(16).padStart(2, '0')
  return BigInt(`0x${hex || '0'}`)
}
