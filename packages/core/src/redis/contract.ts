import type { TokenRecord as PlainRecord } from '../token/token.ts'
import type { TokenStore } from '../token/token-store.ts'

export type TokenRecord = PlainRecord & {
  readonly epoch?: string
  readonly generation?: number
  readonly spending?: boolean
}
export interface TokenVersion {
  epoch: string
  generation: number
}
export interface ClaimOptions {
  owner: string
  leaseMs: number
  known?: TokenVersion
}
export interface Lease {
  owner: string
  version: TokenVersion
}
export interface SharedRefusal {
  code: string
  problem: string
  [member: string]: unknown
}
export type Claim =
  | { outcome: 'record'; record: TokenRecord; version: TokenVersion }
  | { outcome: 'claimed'; version: TokenVersion; record?: TokenRecord }
  | { outcome: 'held'; remainingMs: number }
  | { outcome: 'refused'; refusal: SharedRefusal; remainingMs: number }
export interface CoordinatedTokenStore extends TokenStore {
  claim(key: string, options: ClaimOptions): Promise<Claim>
  spend(key: string, lease: Lease): Promise<boolean>
  publish(
    key: string,
    lease: Lease,
    record: TokenRecord,
    options: { ttlMs: number; lifeMs: number },
  ): Promise<{ accepted: true; version: TokenVersion } | { accepted: false }>
  fail(key: string, lease: Lease, options?: { refusal?: SharedRefusal; refusalMs?: number }): Promise<void>
  extend(key: string, lease: Lease, options: { leaseMs: number }): Promise<boolean>
  watch?(key: string, listener: () => void): Promise<() => void>
}
