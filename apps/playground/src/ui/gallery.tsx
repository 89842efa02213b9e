import { useMemo } from 'preact/hooks'
import { toGallery } from '../model/gallery.ts'
import { useEntries } from '../providers.ts'

/** Classic refusals, each a link. */
export function Gallery() {
  const entries = useEntries()
  const refusals = useMemo(() => toGallery(entries), [entries])
  return (
    <section className="gallery" aria-labelledby="gallery-title">
      <h2 id="gallery-title">{refusals.length} classic refusals</h2>
      <ul>
        {refusals.map(({ fragment, provider, title, help }) => (
          <li key={fragment}>
            <a href={fragment}>{title}</a> <span className="soft">at {provider}</span>
            <p className="soft">{help}</p>
          </li>
        ))}
      </ul>
    </section>
  )
}
