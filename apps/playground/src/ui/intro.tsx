import { toNumberWord } from '../model/number-word.ts'
import { useEntries } from '../providers.ts'

/** What the page is. `index.html` has the same before the script runs. */
export function Intro() {
  const { length } = useEntries()
  return (
    <section className="intro" aria-labelledby="intro-title">
      <h2 id="intro-title">See what {toNumberWord(length)} APIs want signed, and why they refuse.</h2>
      <p className="soft">Keys and providers here are simulated.</p>
    </section>
  )
}
