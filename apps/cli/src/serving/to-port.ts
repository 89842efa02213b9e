import { UsageError } from '../usage-error.ts'

/** Reads the port that a flag names; 0 takes any that is free. */
export function toPort(flag: string): (text: string) => number {
  return (text) => {
    const port = Number(text)
    if (/^\d+$/.test(text) && port <= 65_535) return port
    throw new UsageError(`${flag} must be a number from 0 to 65535.`)
  }
}
