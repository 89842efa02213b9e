import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { coreFloors } from '../structure/core-rooms.ts'

test('docs/architecture.md shows the floors of core that the structure check knows', () => {
  const page = readFileSync(new URL('../../docs/architecture.md', import.meta.url), 'utf8')
  const rows = [...page.matchAll(/^\| \d+ \| ([^|]+) \|/gm)].map(([, rooms = '']) =>
    [...rooms.matchAll(/`([\w-]+)/g)].map(([, room]) => room),
  )
  expect(rows).toEqual(coreFloors)
})
