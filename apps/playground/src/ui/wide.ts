import { createContext } from 'preact'
import { useContext, useEffect, useState } from 'preact/hooks'

/** Whether the form has room for a column of its own; `layout.css` has the same width. */
export function watchWidth(): MediaQueryList {
  return matchMedia('(min-width: 70.01rem)')
}

/**
 * The width at the start. To read it makes the browser lay out the page, so it is read before anything is rendered.
 */
export const StartsWide = createContext(true)

/** Whether the form has a column of its own, now. */
export function useWide(): boolean {
  const [isWide, setWide] = useState(useContext(StartsWide))
  useEffect(() => {
    const media = watchWidth()
    const follow = () => setWide(media.matches)
    follow()
    media.addEventListener('change', follow)
    return () => media.removeEventListener('change', follow)
  }, [])
  return isWide
}
