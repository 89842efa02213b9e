// A key takes longer to generate than the page's script takes to start: both happen at once. The page signs with it
// if the first provider that it shows uses this algorithm. It cannot be read from the page.
globalThis.firstKey = crypto.subtle.generateKey(
  { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256', modulusLength: 2048, publicExponent: Uint8Array.of(1, 0, 1) },
  false,
  ['sign', 'verify'],
)
