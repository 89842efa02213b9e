/** Tokens that an emulator issued. */
export interface IssuedTokens {
  /** Issues the next token, `<prefix>-<number>`, with a lifetime in milliseconds. */
  issue(owner: string, lifeMs: number, now: number): Promise<string>
  /** The owner of a token, and whether it is valid now. */
  look(token: string, now: number): { state: 'live' | 'expired' | 'unknown'; owner?: string }
  /** Revokes a token: it becomes unknown. */
  revoke(token: string): void
  /** Revokes all tokens. */
  revokeAll(): void
}

/**
 * Numbered tokens: the number shows which exchange a token came from. In JWTs (HS256) it is the `jti`.
 *
 * @example
 * ```ts
 * import { createIssuedTokens } from '@countersign/core/emulator'
 *
 * const tokens = createIssuedTokens('acme-access-token')
 * const token = await tokens.issue('account-1', 300_000, Date.now()) // 'acme-access-token-1'
 * const { state, owner } = tokens.look(token, Date.now()) // 'live', 'account-1'
 * ```
 */
export function createIssuedTokens(prefix: string, { jwt = false }: { jwt?: boolean } = {}): IssuedTokens {
  const tokens = new Map<string, { owner: string; end: number }>()
  let count = 0
  return {
    async issue(owner, lifeMs, now) {
      count += 1
      const id = `${prefix}-${count}`
      const token = jwt ? await toJwt(id, owner, { now, lifeMs }) : id
      tokens.set(token, { owner, end: now + lifeMs })
      return token
    },
    look(token, now) {
      const found = tokens.get(token)
      if (found === undefined) return { state: 'unknown' }
      return { state: now < found.end ? 'live' : 'expired', owner: found.owner }
    },
    revoke: (token) => void tokens.delete(token),
    revokeAll: () => tokens.clear(),
  }
}

/** Tokens are validated by lookup, so this need not be secret. */
const secret = new TextEncoder().encode('countersign emulator: this signature proves nothing')

async function toJwt(
  jti: string,
  sub: string,
  { now, lifeMs }: { now: number; lifeMs: number },
): Promise<string> {
  const { SignJWT } = await import('jose/jwt/sign')
  const iat = Math.floor(now / 1000)
  return new SignJWT({ sub, jti, iat, exp: Math.floor((now + lifeMs) / 1000) })
    .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
    .sign(secret)
}
