import { type TokenResponseShape, toDurationWords, toRelativeTime } from '@countersign/core/provider'
import { type TokenLife, toAbsolute, toTimeline } from '../../model/time.ts'

interface TokenLifeLineProps {
  /** The life of the token that the adapter holds. */
  life: TokenLife | undefined
  /** The claims of the proof that is sent, if it is a JWT. */
  proof: { iat?: unknown; exp?: unknown } | undefined
  /** How a token response says when its token expires, if these credentials are exchanged. */
  expected: TokenResponseShape['expiry'] | undefined
  now: number
  /** How far the provider's clock is ahead. */
  aheadMs: number
  shift: number
  onMove(milliseconds: number): void
}

/** The life of the proof, and of the access token if there is one, on time lines, with buttons that move the clock. */
export function TokenLifeLine({ life, proof, expected, now, aheadMs, shift, onMove }: TokenLifeLineProps) {
  const own = lifeOf(proof)
  return (
    <section className="part" aria-labelledby="life-title">
      <h3 id="life-title">Lifetime</h3>
      {own !== undefined && <Line title="The JWT" life={own} now={now} aheadMs={aheadMs} />}
      {life !== undefined ? (
        <Cached life={life} now={now} onMove={onMove} />
      ) : (
        expected !== undefined && (
          <>
            <p className="life-label">
              <b>The access token</b>{' '}
              {'documentedSeconds' in expected
                ? `will live ${toDurationWords(expected.documentedSeconds)}.`
                : 'lives as long as its response says.'}
            </p>
            <div className="life" data-state="planned" aria-hidden="true" />
            <p className="soft">
              The first request exchanges the credentials for it. Later requests use it again.
            </p>
          </>
        )
      )}
      {own === undefined && life === undefined && expected === undefined && (
        <p className="soft">These credentials do not expire.</p>
      )}
      {shift !== 0 && (
        <p className="soft">
          The clock of this page and the emulator is {toDurationWords(shift / 1000)} ahead.{' '}
          <button type="button" className="quiet" onClick={() => onMove(0)}>
            Back to now
          </button>
        </p>
      )}
    </section>
  )
}

interface LineProps extends Pick<TokenLifeLineProps, 'now' | 'aheadMs'> {
  title: string
  life: TokenLife
}

/** A line from issue to expiry with a mark at now. */
function Line({ title, life, now, aheadMs }: LineProps) {
  const whole = life.expiresAt - life.issuedAt
  const at = (now - life.issuedAt) / whole
  const state = at >= 1 ? 'expired' : at < 0 ? 'future' : 'fresh'
  const words = {
    expired: `expired ${toRelativeTime(life.expiresAt, now)}.`,
    future: `is not valid yet: it begins ${toRelativeTime(life.issuedAt, now)}.`,
    fresh: `expires ${toRelativeTime(life.expiresAt, now)}, of ${toDurationWords(whole / 1000)}.`,
  }
  return (
    <>
      <p className="life-label">
        <b>{title}</b> {words[state]}
        {aheadMs > 0 && (
          <span className="bad">
            {' '}
            By the provider's clock, {toDurationWords(aheadMs / 1000)} ahead, it{' '}
            {life.expiresAt <= now + aheadMs ? 'expired' : 'expires'}{' '}
            {toRelativeTime(life.expiresAt, now + aheadMs)}.
          </span>
        )}
      </p>
      <div className="life" data-state={state} aria-hidden="true">
        <span className="life-now" style={{ left: `${Math.min(100, Math.max(0, at * 100))}%` }} />
      </div>
    </>
  )
}

/** The token that the adapter holds: fresh, stale or expired. */
function Cached({ life, now, onMove }: { life: TokenLife; now: number; onMove(milliseconds: number): void }) {
  const { stale, expired, now: at, state } = toTimeline(life, now)
  const words = {
    fresh: ': the next request uses it.',
    stale: ': the next request uses it and renews it in the background.',
    expired: ': the next request waits for a new one.',
  }
  // The stale time begins at a random moment of its first half: after that, the next request renews.
  const toStale = life.issuedAt + ((stale + expired) / 2) * (life.expiresAt - life.issuedAt) - now + 1000
  const toExpired = life.expiresAt - now + 1000
  const percent = (part: number) => `${Math.min(100, part * 100)}%`
  return (
    <>
      <p className="life-label">
        <b>The cached token</b> is <b data-testid="token-state">{state}</b>
        {words[state]}
      </p>
      <div className="life" data-state={state} aria-hidden="true">
        <span className="life-stale" style={{ left: percent(stale) }} />
        <span className="life-now" style={{ left: percent(at) }} />
      </div>
      <p className="soft">
        Expires {toAbsolute(life.expiresAt)}, {toRelativeTime(life.expiresAt, now)}.
      </p>
      <div className="row clock-row">
        <span className="soft">Move the clock</span>
        <button type="button" className="quiet" onClick={() => onMove(60_000)}>
          by 1 min
        </button>
        <button
          type="button"
          className="quiet"
          aria-disabled={toStale <= 0}
          onClick={() => toStale > 0 && onMove(toStale)}
        >
          until it is stale
        </button>
        <button
          type="button"
          className="quiet"
          aria-disabled={toExpired <= 0}
          onClick={() => toExpired > 0 && onMove(toExpired)}
        >
          until it expires
        </button>
      </div>
    </>
  )
}

function lifeOf(claims: TokenLifeLineProps['proof']): TokenLife | undefined {
  const { iat, exp } = claims ?? {}
  return typeof iat === 'number' && typeof exp === 'number' && exp > iat
    ? { issuedAt: iat * 1000, expiresAt: exp * 1000 }
    : undefined
}
