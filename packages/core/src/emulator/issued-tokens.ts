/** Tokens that an emulator issued. */
export interface IssuedTokens {
  /** Issues the next token, `<prefix>-<number>`, that lives for so long. */
  issue(owner: string, lifeMs: number, now: number): string
  /** Whose token it is and whether it can be used now. */
  look(token: string, now: number): { state: 'live' | 'expired' | 'unknown'; owner?: string }
  /** Takes a token back: it becomes unknown. */
  revoke(token: string): void
  /** Takes all tokens back. */
  revokeAll(): void
}

/** Numbered tokens: the number tells which exchange a token came from. */
export function createIssuedTokens(prefix: string): IssuedTokens {
  const tokens = new Map<string, { owner: string; end: number }>()
  let count = 0
  return {
    issue(owner, lifeMs, now) {
      count += 1
      const token = `${prefix}-${count}`
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
