import { toNumberWord } from '../model/number-word.ts'
import { useEntries } from '../providers.ts'

interface IntroProps {
  ready: boolean
  onSend(): void
  onBreak(): void
  onExplain(): void
}

/** What the page is, and three ways in. */
export function Intro({ ready, onSend, onBreak, onExplain }: IntroProps) {
  const { length } = useEntries()
  return (
    <section className="intro" aria-labelledby="intro-title">
      <div>
        <h2 id="intro-title">See what {toNumberWord(length)} APIs want signed, and why they refuse.</h2>
        <p className="soft">Keys and providers here are simulated.</p>
      </div>
      <div className="row">
        <button type="button" aria-disabled={!ready} onClick={() => ready && onSend()}>
          Send a good request
        </button>
        <button type="button" aria-disabled={!ready} onClick={() => ready && onBreak()}>
          Break it
        </button>
        <button type="button" aria-disabled={!ready} onClick={() => ready && onExplain()}>
          Explain a token
        </button>
      </div>
    </section>
  )
}
