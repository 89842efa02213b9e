import { toDurationWords, toRelativeTime } from '@countersign/core/provider'
import { type TokenLife, toAbsolute, toTimeline } from '../../model/time.ts'

interface TokenLifeLineProps {
  life: TokenLife | undefined
  now: number
  shift: number
  onMove(milliseconds: number): void
}

/** The life of the token that the adapter holds (fresh, stale, expired), and buttons that move the clock. */
export function TokenLifeLine({ life, now, shift, onMove }: TokenLifeLineProps) {
  const ahead =
    shift !== 0 && ` The clock of this page and the emulator is ${toDurationWords(shift / 1000)} ahead.`
  const back = (
    <button type="button" className="quiet" aria-disabled={shift === 0} onClick={() => onMove(0)}>
      Back to now
    </button>
  )
  if (life === undefined)
    return (
      shift !== 0 && (
        <p className="part help">
          {ahead} {back}
        </p>
      )
    )
  const { stale, now: at, state } = toTimeline(life, now)
  const words = {
    fresh: 'fresh: the next request uses it.',
    stale: 'stale: the next request uses it and renews it in the background.',
    expired: 'expired: the next request waits for a new one.',
  }
  const toStale = life.issuedAt + stale * (life.expiresAt - life.issuedAt) - now + 1000
  const toExpired = life.expiresAt - now + 1000
  const percent = (part: number) => `${Math.min(100, part * 100)}%`
  return (
    <section className="part" aria-labelledby="life-title">
      <h3 id="life-title">The cached token</h3>
      <p>
        It is <b data-testid="token-state">{state}</b>
        {words[state].slice(state.length)}
      </p>
      <div className="life" aria-hidden="true">
        <span className="life-stale" style={{ left: percent(stale) }} />
        <span className="life-now" style={{ left: percent(at) }} />
      </div>
      <p className="help">
        Expires {toAbsolute(life.expiresAt)}, {toRelativeTime(life.expiresAt, now)}.{ahead}
      </p>
      <div className="row">
        <button type="button" className="quiet" onClick={() => onMove(60_000)}>
          Clock +1 min
        </button>
        <button
          type="button"
          className="quiet"
          aria-disabled={toStale <= 0}
          onClick={() => toStale > 0 && onMove(toStale)}
        >
          To stale
        </button>
        <button
          type="button"
          className="quiet"
          aria-disabled={toExpired <= 0}
          onClick={() => toExpired > 0 && onMove(toExpired)}
        >
          To expired
        </button>
        {back}
      </div>
    </section>
  )
}
