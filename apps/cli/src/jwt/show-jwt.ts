import type { DecodedJwt } from '@countersign/core'
import { toHumanTime } from '../human-time.ts'
import type { Output } from '../output.ts'

const times = new Set(['iat', 'nbf', 'exp'])

/** Header and claims for people, times as people read them. */
export function showJwt({ header, claims }: DecodedJwt, now: number, { paint }: Output): string {
  const line = ([name, value]: [string, unknown]) => {
    const note = times.has(name) && typeof value === 'number' ? `  ${toHumanTime(value * 1000, now)}` : ''
    return `  ${visible(name).slice(1, -1)}: ${visible(value)}${paint('dim', note)}`
  }
  const part = (title: string, members: object) => [
    paint('bold', title),
    ...Object.entries(members).map(line),
  ]
  return [...part('header', header), ...part('claims', claims)].join('\n')
}

/** JSON in which nothing can move the cursor or turn the direction of the text: a stranger wrote it. */
function visible(value: unknown): string {
  return JSON.stringify(value).replace(
    /[\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}
