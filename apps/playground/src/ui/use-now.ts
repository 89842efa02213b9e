import { useEffect, useState } from 'react'

/** The page's time, anew every second. */
export function useNow(now: () => number, shift: number): number {
  const [time, setTime] = useState(now)
  useEffect(() => {
    setTime(now())
    const timer = setInterval(() => setTime(now()), 1000)
    return () => clearInterval(timer)
  }, [now, shift])
  return time
}
