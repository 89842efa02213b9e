/** The name under which a store keeps a token: a hash, which tells nothing about whose token it is. */
export async function toCacheKey(parts: readonly string[] | Promise<readonly string[]>): Promise<string> {
  const text = JSON.stringify(await parts)
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text))
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('')
}
